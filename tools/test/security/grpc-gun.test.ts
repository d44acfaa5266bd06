import { once } from "node:events";
import { constants, createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { openGun } from "./_grpc-gun.ts";

const shot = { kind: "any", path: "/any", headers: {}, body: Buffer.alloc(5) };
let server: Http2Server;

afterEach(() => server.close());

/** A door that refuses the first streams, as a connection does that is being retired, and answers the others OK. */
async function gunAtDoor(refusals: number) {
  let streams = 0;
  server = createServer();
  server.on("stream", (stream) => {
    stream.on("error", () => undefined);
    streams += 1;
    if (streams <= refusals) stream.close(constants.NGHTTP2_REFUSED_STREAM);
    else stream.respond({ ":status": 200, "grpc-status": 0 }, { endStream: true });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return openGun(`127.0.0.1:${(server.address() as AddressInfo).port}`);
}

test("fires again what a connection refused unread", async () => {
  const gun = await gunAtDoor(2);
  expect((await gun.fire(shot)).code).toBe(0);
  gun.close();
});

test("tells of a door that refuses everything", async () => {
  const gun = await gunAtDoor(Number.POSITIVE_INFINITY);
  expect((await gun.fire(shot)).code).toBeUndefined();
  gun.close();
});
