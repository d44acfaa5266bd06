import type { PaymentStore } from "../domain/payment-store.ts";
import type { SandboxLedger } from "../domain/sandbox-ledger.ts";

/** Where a service keeps its payments, and the sandbox provider its books. */
export interface Storage {
  readonly payments: PaymentStore;
  readonly ledger: SandboxLedger;
  /** Connects, and makes what is missing. Rejects where the storage cannot be used. */
  start(): Promise<void>;
  close(): Promise<void>;
}
