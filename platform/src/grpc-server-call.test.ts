import { EventEmitter } from "node:events";
import { Metadata, type ServerUnaryCall } from "@grpc/grpc-js";
import { IncomingCall } from "./grpc-server-call.ts";

const now = 1_000_000;

beforeEach(() => {
  jest.spyOn(Date, "now").mockReturnValue(now);
});
afterEach(() => jest.restoreAllMocks());

/** A call whose deadline is this far away, and how to end it as grpc-js does. */
function callWith(remainingMs: number) {
  const deadline = now + remainingMs;
  const wire = Object.assign(new EventEmitter(), {
    metadata: new Metadata(),
    cancelled: false,
    getDeadline: () => deadline,
  });
  const call = new IncomingCall(wire as unknown as ServerUnaryCall<Buffer, Buffer>);
  return {
    call,
    end() {
      wire.cancelled = true;
      wire.emit("cancelled");
    },
  };
}

describe("an incoming call", () => {
  it.each([
    ["its deadline when that has passed", -1, "DEADLINE_EXCEEDED"],
    ["its deadline when the timer fires early", 1, "DEADLINE_EXCEEDED"],
    ["the caller when there was time left", 100, "CANCELLED"],
    ["the caller when there is no deadline", Number.POSITIVE_INFINITY, "CANCELLED"],
  ])("is ended by %s", (_, remainingMs, code) => {
    const { call, end } = callWith(remainingMs);
    const { signal } = call;
    end();
    expect(call.isGone).toBe(true);
    expect(signal.reason).toMatchObject({ code });
  });

  it("is not gone while it has time, however little", () => {
    expect(callWith(1).call.isGone).toBe(false);
  });

  it("aborts a signal that is asked for after its end", () => {
    const { call, end } = callWith(100);
    end();
    expect(call.signal.aborted).toBe(true);
  });

  it("does not abort its signal once it is answered", () => {
    const { call, end } = callWith(100);
    const { signal } = call;
    call.answered = true;
    const whyItEnded = jest.spyOn(call, "whyItEnded");
    end();
    expect(signal.aborted).toBe(false);
    // An error is dear, and grpc-js tells the end of each call.
    expect(whyItEnded).not.toHaveBeenCalled();
  });
});
