import diagnostics from "node:diagnostics_channel";
import { constants, type ServerHttp2Stream } from "node:http2";
import { text } from "node:stream/consumers";
import { eventually } from "@shop/testkit/eventually";
import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, productId, wireOrder, wirePlaced, wireSaga } from "../_neighbours.ts";
import { open } from "../_raw.ts";

const path = `/api/orders/${orderId}/events`;
const underWay = { order: wireOrder(), saga: wireSaga({ status: 2, completedAt: undefined }) };

/** More cancelled calls than 1,000 at once, and then 33 a second, close a connection with all other calls on it. */
describe("the calls behind streams of events", () => {
  let gateway: TestGateway;
  let ended: number[];
  const note = (message: unknown) => ended.push((message as { stream: ServerHttp2Stream }).stream.rstCode);
  const cancelled = () => ended.filter((code) => code === constants.NGHTTP2_CANCEL).length;
  beforeEach(async () => {
    ended = [];
    gateway = await startGateway({ MAX_EVENT_STREAMS_PER_USER: "1000", REQUESTS_PER_SECOND: "100000" });
    diagnostics.subscribe("http2.server.stream.close", note);
  });
  afterEach(async () => {
    diagnostics.unsubscribe("http2.server.stream.close", note);
    await gateway.close();
  });

  const authorization = () => `Bearer ${gateway.tokens.userToken()}`;

  it("come to their own end with their sagas", async () => {
    gateway.neighbours.onWatchOrder = async function* () {
      yield { order: wireOrder(), saga: wireSaga() };
    };
    const headers = { authorization: authorization() };
    for (let wave = 0; wave < 4; wave++) {
      await Promise.all(Array.from({ length: 50 }, () => gateway.get(path, { headers })));
    }
    await eventually(() => ended.length === 200);

    expect(cancelled()).toBe(0);
  });

  it("are not all cancelled when the gateway goes away, while others wait for their answers", async () => {
    const slow = Promise.withResolvers<void>();
    let watched = 0;
    gateway.neighbours.onWatchOrder = async function* (_orderId, call) {
      watched += 1;
      yield underWay;
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
    };
    gateway.neighbours.onCreateOrder = async () => {
      await slow.promise;
      return wirePlaced();
    };
    const head = `GET ${path} HTTP/1.1\r\nHost: shop\r\nAuthorization: ${authorization()}\r\n\r\n`;
    const sockets = Array.from({ length: 700 }, () => open(gateway.url));
    const told = sockets.map((socket) => {
      socket.write(head);
      return text(socket).catch(() => "");
    });
    await eventually(() => watched === 700, { timeoutMs: 15_000 });
    const placed = gateway.post("/api/orders", { items: [{ productId, quantity: 1 }] });
    await eventually(() => gateway.neighbours.created.length === 1);

    const closed = gateway.context.close();
    await eventually(() => cancelled() > 400);
    const atOnce = cancelled();
    slow.resolve();

    expect((await placed).status).toBe(201);
    expect(atOnce).toBeLessThan(600);
    await closed;
    expect((await Promise.all(told)).every((events) => events.includes("event: saga"))).toBe(true);
  }, 40_000);
});
