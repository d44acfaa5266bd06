import { AppError } from "@shop/platform/errors";
import type { Call } from "@shop/platform/grpc-server";
import type { Queryable } from "@shop/platform/postgres";
import type { Saga as SagaMessage } from "@shop/protos/gen/shop/orders/v1/orders";
import {
  type Engine,
  InterventionRefusedError,
  type Operator,
  SagaCompensatingError,
  SagaEndedError,
  SagaNotFoundError,
} from "@shop/saga";
import type { Checkout } from "../checkout/checkout.ts";
import type { NewOrder } from "../store/orders.ts";
import { findSaga, type SagaRecord } from "../store/sagas.ts";
import { callingUser } from "./caller.ts";
import { toSagaMessage } from "./saga-message.ts";

/** What every RPC needs that lets an operator act on a saga. */
export interface OperatorActionDeps {
  readonly db: Queryable;
  readonly engine: Pick<Engine<Checkout, NewOrder>, "retry" | "compensate" | "resolve" | "mayResolve">;
}

/** Who acts, and why. */
export function operatorOf(call: Call, reason: string): Operator {
  return { actor: callingUser(call).userId, reason };
}

/** Asks something of the engine; what it refuses becomes an answer that tells the caller why. */
export async function ask(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (err) {
    throw refusalOf(err) ?? err;
  }
}

/** The saga of an operator's request. Throws NOT_FOUND. */
export async function sagaToActOn(db: Queryable, sagaId: string): Promise<SagaRecord> {
  const saga = await findSaga(db, sagaId);
  if (saga === undefined) throw sagaNotFound(sagaId);
  return saga;
}

/** The saga as it stands after an operator's action. */
export async function sagaAsItStands(db: Queryable, sagaId: string): Promise<SagaMessage> {
  return toSagaMessage(await sagaToActOn(db, sagaId));
}

/** What an operator asks for and the rules do not allow. `reason` is for a program, `message` for a person. */
export function refused(reason: string, message: string, cause?: unknown): AppError {
  return new AppError("FAILED_PRECONDITION", message, { reason, cause });
}

/** What is said to an operator of a saga that has ended. */
export function sagaEnded(sagaId: string, cause?: unknown): AppError {
  return refused("SAGA_ENDED", `The saga ${sagaId} has ended.`, cause);
}

function refusalOf(err: unknown): AppError | undefined {
  if (err instanceof SagaNotFoundError) return new AppError("NOT_FOUND", `${sentence(err)}.`, { cause: err });
  if (err instanceof SagaEndedError) return refused("SAGA_ENDED", `${sentence(err)}.`, err);
  if (err instanceof SagaCompensatingError) return refused("SAGA_COMPENSATING", `${sentence(err)}.`, err);
  if (err instanceof InterventionRefusedError) return refused("NOT_ALLOWED", `${sentence(err)}.`, err);
  return undefined;
}

function sagaNotFound(sagaId: string): AppError {
  return new AppError("NOT_FOUND", `There is no saga ${sagaId}.`);
}

function sentence({ message }: Error): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
