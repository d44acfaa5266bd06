import type { Call } from "@shop/platform/grpc-server";
import type { ResolveSagaRequest, ResolveSagaResponse } from "@shop/protos/gen/shop/orders/v1/operator";
import { isFinal } from "@shop/saga";
import type { Participants } from "../checkout/ports.ts";
import { findTombstone, isDoneByHand } from "../checkout/undo-tombstone.ts";
import type { SagaRecord } from "../store/sagas.ts";
import {
  ask,
  type OperatorActionDeps,
  operatorOf,
  refused,
  sagaAsItStands,
  sagaEnded,
  sagaToActOn,
} from "./operator-action.ts";
import { parseResolution } from "./parse-saga-action.ts";

/** How long a participant may take to tell whether it holds a tombstone. */
const LOOK_LIMIT_MS = 1500;

/** What ResolveSaga needs. */
export interface ResolveSagaDeps extends OperatorActionDeps {
  readonly participants: Pick<Participants, "payments" | "shipping">;
}

/**
 * Records that an undo was done by hand. The saga is asked first whether it waits for that: no participant that is away
 * may stand before this answer. Then the participant is: a tombstone stays for ever, so what it holds now it still holds
 * when the engine has written that the undo is done.
 */
export async function resolveSaga(
  { db, engine, participants }: ResolveSagaDeps,
  request: ResolveSagaRequest,
  call: Call,
): Promise<ResolveSagaResponse> {
  const { sagaId, undo, reason } = parseResolution(request);
  const saga = await sagaToActOn(db, sagaId);
  if (isFinal(saga.status)) throw sagaEnded(sagaId);
  const by = operatorOf(call, reason);
  if (isDoneByHand(undo)) await ask(() => engine.mayResolve(sagaId, undo, by));
  await refuseUnlessUndone(participants, saga, undo, call);
  await ask(() => engine.resolve(sagaId, undo, by));
  return { saga: await sagaAsItStands(db, sagaId) };
}

async function refuseUnlessUndone(
  participants: ResolveSagaDeps["participants"],
  { orderId, userId }: SagaRecord,
  undo: string,
  call: Call,
): Promise<void> {
  const terms = { userId, timeoutMs: Math.min(LOOK_LIMIT_MS, call.remainingMs()), signal: call.signal };
  const tombstone = await findTombstone(participants, { undo, orderId }, terms);
  switch (tombstone) {
    case "held":
      return;
    case "missing":
      throw refused(
        "TOMBSTONE_MISSING",
        `The participant may still act for the order ${orderId}: let ${undo} be retried.`,
      );
    case "decides":
      throw refused("ARBITER", `Only the inventory's own answer to ${undo} decides what becomes of the saga.`);
    case "unknown":
      throw refused("NOT_OUTSTANDING", "No undo of this saga has this name.");
    default:
      throw tombstone satisfies never;
  }
}
