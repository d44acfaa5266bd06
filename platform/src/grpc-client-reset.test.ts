import { eventually } from "@shop/testkit/eventually";
import { type Cancel, cancelled, type Harness, serve } from "../test/_grpc.ts";
import { aborted } from "../test/_grpc-stream.ts";

const request = { orderId: "01900000-0000-7000-8000-000000000001" };
const options = { timeoutMs: 20_000 };

/** Together more than Node lets be reset on one connection at once. */
const WAVES = 3;
const A_WAVE = 400;

describe("a connection that is closed because too many of its calls were cancelled", () => {
  let harness: Harness;
  let handle: Cancel["handle"];
  beforeAll(async () => {
    harness = await serve((req, call) => handle(req, call));
  });
  afterAll(() => harness.close());

  it("leaves the outcome of its other calls unknown, and is replaced", async () => {
    let arrived = 0;
    let gone = 0;
    handle = async (_, call) => {
      arrived += 1;
      await aborted(call.signal);
      gone += 1;
      return cancelled;
    };
    const other = harness.client.cancelShipment(request, options).catch((err: unknown) => err);
    for (let wave = 1; wave <= WAVES; wave++) {
      const leaving = new AbortController();
      const calls = Array.from({ length: A_WAVE }, () =>
        harness.client.cancelShipment(request, { ...options, signal: leaving.signal }),
      );
      const ended = Promise.allSettled(calls);
      await eventually(() => arrived === wave * A_WAVE + 1);
      leaving.abort();
      await ended;
      await eventually(() => gone >= wave * A_WAVE);
    }

    await expect(other).resolves.toMatchObject({ code: "UNAVAILABLE" });

    handle = async () => cancelled;
    await expect(harness.client.cancelShipment(request, options)).resolves.toEqual(cancelled);
  });
});
