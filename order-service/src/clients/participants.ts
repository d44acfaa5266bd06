import type { ServiceTokens } from "@shop/platform/auth";
import { createRpcClient } from "@shop/platform/grpc-client";
import type { Log } from "@shop/platform/logging";
import { createGuard, type Guard, type GuardState } from "@shop/platform/resilience";
import type { Tls } from "@shop/platform/tls";
import { InventoryServiceService } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { PaymentServiceService } from "@shop/protos/gen/shop/payments/v1/payments";
import { ShippingServiceService } from "@shop/protos/gen/shop/shipping/v1/shipping";
import type { Participants } from "../checkout/ports.ts";
import { createInventoryClient } from "./inventory-client.ts";
import { createPaymentClient } from "./payment-client.ts";
import { createShippingClient } from "./shipping-client.ts";

/** Calls to one participant that may be under way at once; as many again may wait. */
const CALLS_AT_ONCE = 256;

/** Well below the steps' give-up time, so that a participant that is back is found before its orders are turned round. */
const LONGEST_BETWEEN_PROBES_MS = 4000;

/** The names of the participants, as they stand in addresses, metrics and messages. */
export type ParticipantName = keyof Participants;

/** The participants over gRPC, each behind guards of its own. */
export interface ParticipantClients {
  readonly participants: Participants;
  close(): void;
}

export interface ParticipantOptions {
  readonly addresses: Readonly<Record<ParticipantName, string>>;
  readonly tokens: ServiceTokens;
  readonly log: Log;
  readonly tls?: Tls;
  /** Told each change of a breaker; its target is the participant's name, with `-undo` for that of its undos. */
  onBreaker(target: string, state: GuardState): void;
  /** Told when a participant can be called again. */
  onReachable(name: ParticipantName): void;
}

/** Connects to the participants. */
export function connectParticipants(options: ParticipantOptions): ParticipantClients {
  const { addresses, tokens: token, log, tls } = options;
  const guards: Guard[] = [];
  const guard = (name: ParticipantName, target: string): Guard => {
    const created = createGuard({
      target,
      breaker: { maxHalfOpenAfterMs: LONGEST_BETWEEN_PROBES_MS },
      bulkhead: { limit: CALLS_AT_ONCE, queue: CALLS_AT_ONCE },
      onState: (state) => options.onBreaker(target, state),
    });
    created.onClose(() => options.onReachable(name));
    guards.push(created);
    return created;
  };
  const guardsOf = (name: ParticipantName) => ({ forward: guard(name, name), undo: guard(name, `${name}-undo`) });

  const calls = { token, log, tls, isBatching: true };
  const inventory = createRpcClient(InventoryServiceService, { ...calls, address: addresses.inventory });
  const payments = createRpcClient(PaymentServiceService, { ...calls, address: addresses.payments });
  const shipping = createRpcClient(ShippingServiceService, { ...calls, address: addresses.shipping });
  return {
    participants: {
      inventory: createInventoryClient(inventory, guardsOf("inventory")),
      payments: createPaymentClient(payments, guardsOf("payments")),
      shipping: createShippingClient(shipping, guardsOf("shipping")),
    },
    close() {
      for (const created of guards) created.close();
      for (const client of [inventory, payments, shipping]) client.close();
    },
  };
}
