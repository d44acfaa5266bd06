import type { ChannelInterface } from "@grpc/grpc-js";
import { AppError } from "./errors.ts";
import { type Encoded, openBatch, type Pending } from "./grpc-client-batch-call.ts";
import { entriesOf } from "./grpc-client-call.ts";
import type { Send } from "./grpc-client-unary.ts";
import { encodeRequest } from "./grpc-client-wire.ts";
import type { MethodDefinition } from "./grpc-server-rpc.ts";
import type { Log } from "./logging.ts";
import { whyAborted } from "./resilience-errors.ts";

/** Gathers the calls of one client. */
export interface Batcher {
  /** Sends the calls of one method, together with others where there are others; alone as `alone` does. */
  sender(method: MethodDefinition, alone: Send): Send;
}

/** Calls in one batch. */
const mostCalls = 64;

/** Requests in one batch, in bytes; half of what a server takes as one message. */
const mostBytes = 512 * 1024;

/**
 * Gathers calls to one target: those that are begun by one callback of the event loop, promises and all, go out as one
 * batch when it ends. No timer is involved, and no call waits for the answer to another: what is gathered is what comes at
 * the same moment, as it does when a shared commit or a batch of answers sets many callers going. There the saving is:
 * what a call costs is its HTTP/2 stream far more than its message, and a batch has one stream. To wait for the end of the
 * event loop's whole turn (`setImmediate`) gathered no more, and parted callers that had come together: measured with 64
 * of them it cost a quarter more processor time for an order.
 *
 * Invariants:
 * - C1 a call that is alone then goes out as a call of its own, and so does one that wants response metadata or
 *   brings further metadata;
 * - C2 every call is settled once: by its own answer, its own deadline or its own signal, or by the end of its batch; one
 *   that is settled before delays no other, and when all are, the batch is cancelled;
 * - C3 a batch that ends without an answer to a call proves nothing about that call: UNAVAILABLE. All such errors of one
 *   batch have the same cause, by which a breaker knows that they are one failure;
 * - C4 nothing is sent twice but to a server that says that it knows no batches, which has made none of the calls; such a
 *   target is sent no more of them.
 */
export function createBatcher(channel: ChannelInterface, log?: Log): Batcher {
  let gathered: Pending[] = [];
  let isUnderstood = true;

  function flush(): void {
    const calls = gathered;
    gathered = [];
    if (calls.length === 1 || !isUnderstood) sendAlone(calls);
    else for (const group of groupsOf(calls)) sendGroup(group);
  }

  function sendGroup(group: readonly Encoded[]): void {
    if (group.length === 1) sendAlone(group.map(({ pending }) => pending));
    else openBatch(channel, group, onUnknown);
  }

  function onUnknown(calls: readonly Pending[]): void {
    if (isUnderstood) log?.info("the server takes no batches of calls: they are sent one by one");
    isUnderstood = false;
    sendAlone(calls);
  }

  return {
    sender: (method, alone) => (outgoing) => {
      const { onMetadata, metadata } = outgoing.call;
      if (!isUnderstood || onMetadata !== undefined || metadata !== undefined) return alone(outgoing);
      return new Promise((resolve, reject) => {
        if (gathered.push({ ...outgoing, method, alone, resolve, reject }) === 1) process.nextTick(flush);
      });
    },
  };
}

function sendAlone(calls: readonly Pending[]): void {
  for (const pending of calls) pending.alone(pending).then(pending.resolve, pending.reject);
}

/** The calls that are still wanted, in batches of one authorization and within the limits. */
function groupsOf(calls: readonly Pending[]): Encoded[][] {
  const groups: Encoded[][] = [];
  const open = new Map<string | undefined, { calls: Encoded[]; bytes: number }>();
  for (const pending of calls) {
    const encoded = encode(pending);
    if (encoded === undefined) continue;
    const size = encoded.request.length;
    let group = open.get(pending.authorization);
    if (group === undefined || group.calls.length === mostCalls || group.bytes + size > mostBytes) {
      group = { calls: [], bytes: 0 };
      open.set(pending.authorization, group);
      groups.push(group.calls);
    }
    group.calls.push(encoded);
    group.bytes += size;
  }
  return groups;
}

function encode(pending: Pending): Encoded | undefined {
  const { method, call, correlation, deadline } = pending;
  try {
    if (call.signal?.aborted) throw whyAborted(call.signal);
    if (!(deadline > Date.now())) throw new AppError("DEADLINE_EXCEEDED", "The call was not sent in time.");
    return { pending, metadata: entriesOf(call, correlation), request: encodeRequest(method, pending.request) };
  } catch (err) {
    pending.reject(err);
    return undefined;
  }
}
