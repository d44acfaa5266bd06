import { once } from "node:events";
import { constants, createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { openGun } from "./_grpc-gun.ts";

const shot = { kind: "any", path: "/any", headers: {}, body: Buffer.alloc(5) };
let server: Http2Server;

afterEach(() => server.close());

/** A door that refuses the first streams, with a connection that it retires or keeps, and answers the others OK. */
async function gunAtDoor(refusals: number, { isRetired }: { isRetired: boolean }) {
  let streams = 0;
  server = createServer();
  server.on("stream", (stream) => {
    stream.on("error", () => undefined);
    streams += 1;
    if (streams <= refusals) {
      if (isRetired) stream.session?.goaway();
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    } else stream.respond({ ":status": 200, "grpc-status": 0 }, { endStream: true });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return openGun(`127.0.0.1:${(server.address() as AddressInfo).port}`);
}

test("fires again what a connection refused unread when it was retired", async () => {
  const gun = await gunAtDoor(2, { isRetired: true });
  expect((await gun.fire(shot)).code).toBe(0);
  gun.close();
});

test.each([
  ["everything", Number.POSITIVE_INFINITY, true],
  ["what comes on a connection that it keeps", 1, false],
])("tells of a door that refuses %s", async (_, refusals, isRetired) => {
  const gun = await gunAtDoor(refusals, { isRetired });
  expect((await gun.fire(shot)).code).toBeUndefined();
  gun.close();
});
