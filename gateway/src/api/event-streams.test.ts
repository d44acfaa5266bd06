import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { createEventStreams } from "./event-streams.ts";

describe("createEventStreams", () => {
  it("gives no place to a client that is gone before it asks for one, for nobody would give it back", async () => {
    const streams = createEventStreams({ places: 1, placesPerUser: 1 });
    const tried = Promise.withResolvers<() => unknown>();
    const server = createServer((_req, res) => {
      res.once("close", () => setImmediate(() => tried.resolve(() => streams.enter("alice", res))));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
    await once(server, "request");
    socket.destroy();

    const enter = await tried.promise;

    expect(enter).toThrow(expect.objectContaining({ code: "CANCELLED" }));
    expect(enter).toThrow(expect.objectContaining({ code: "CANCELLED" }));
    server.close();
  });

  it("gives no place when the server goes away, and ends the responses that nobody takes", async () => {
    const streams = createEventStreams({ places: 2, placesPerUser: 2 });
    const entered = Promise.withResolvers<AbortSignal>();
    const server = createServer((_req, res) => {
      entered.resolve(streams.enter("alice", res).ended);
      res.write("x".repeat(10_000_000));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").pause();
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
    const ended = await entered.promise;
    expect(ended.aborted).toBe(false);

    streams.close();
    const closed = new Promise((resolve) => server.close(resolve));

    expect(ended.aborted).toBe(true);
    expect(() => streams.enter("bob", {} as ServerResponse)).toThrow(expect.objectContaining({ code: "UNAVAILABLE" }));
    await closed;
    socket.destroy();
  });
});
