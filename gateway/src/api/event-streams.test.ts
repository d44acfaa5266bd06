import { once } from "node:events";
import { createServer } from "node:http";
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
});
