import { connect } from "node:net";
import { eventually } from "@shop/testkit/eventually";
import { startGateway } from "../_gateway.ts";
import { orderId, productId, wirePlaced } from "../_neighbours.ts";

const WAVES = 6;
const A_WAVE = 250;

/** Each wave leaves when more than a hundred of its calls have begun; the gateway cancels 500 at once, and then a few. */
const CANCELLED_AT_LEAST = 500;
const body = JSON.stringify({ items: [{ productId, quantity: 1 }] });

describe("many clients that go away", () => {
  it("do not cost anybody else an answer", async () => {
    const gateway = await startGateway({ ORDERS_PER_SECOND: "100000" });
    try {
      let cancelled = 0;
      const slow = Promise.withResolvers<void>();
      gateway.neighbours.onCreateOrder = async ({ paymentMethod }, call) => {
        if (paymentMethod === "pm_slow") await slow.promise;
        else {
          await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
          cancelled += 1;
        }
        return wirePlaced();
      };
      const headers = { authorization: `Bearer ${gateway.tokens.userToken()}` };
      const placeSlowOrder = () =>
        gateway.post("/api/orders", { items: [{ productId, quantity: 1 }], paymentMethod: "pm_slow" });
      const head = [
        "POST /api/orders HTTP/1.1",
        "Host: shop",
        `Authorization: Bearer ${gateway.tokens.userToken()}`,
        "Content-Type: application/json",
        `Content-Length: ${body.length}`,
      ].join("\r\n");
      let others: ReturnType<typeof gateway.post> | undefined;
      for (let wave = 1; wave <= WAVES; wave++) {
        if (wave === WAVES) others = placeSlowOrder();
        const sockets = Array.from({ length: A_WAVE }, () => {
          const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
          socket.on("error", () => undefined).write(`${head}\r\n\r\n${body}`);
          return socket;
        });
        await eventually(() => gateway.neighbours.created.length > (wave - 1) * A_WAVE + 100, { timeoutMs: 15_000 });
        for (const socket of sockets) socket.destroy();
      }
      await eventually(() => cancelled >= CANCELLED_AT_LEAST, { timeoutMs: 15_000 });
      // What would break the connection has been read there before this.
      expect((await gateway.get(`/api/orders/${orderId}`, { headers })).status).toBe(200);
      slow.resolve();

      expect((await others)?.status).toBe(201);
    } finally {
      await gateway.close();
    }
  }, 60_000);
});
