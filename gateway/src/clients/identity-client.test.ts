import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { eventually } from "@shop/testkit/eventually";
import { createIdentity, type Identity } from "./identity-client.ts";

const { signal } = new AbortController();
const login = { method: "POST", path: "/login", headers: {}, body: Buffer.from("{}"), signal } as const;
const halfAnAnswer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
const noAnswer = { code: "UNAVAILABLE", message: "The identity service cannot be reached." };

describe("the client of the identity service", () => {
  const received: string[] = [];
  let answer: (socket: Socket) => void;
  let identity: Identity;
  const server = createServer((socket) => {
    socket.on("error", () => undefined); // Whoever asked has gone: that is what some of these tests are about.
    socket.on("data", (bytes) => {
      received.push(bytes.toString());
      answer(socket);
    });
  });

  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  beforeEach(() => {
    received.length = 0;
    identity = createIdentity({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  afterEach(() => identity.close());
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("takes an answer that breaks off for none", async () => {
    answer = (socket) => socket.write(halfAnAnswer, () => setTimeout(() => socket.resetAndDestroy(), 50));
    await expect(identity.passOn(login)).rejects.toMatchObject(noAnswer);
  });

  it("gives up an answer that is half here when its client goes", async () => {
    const client = new AbortController();
    answer = (socket) => socket.write(halfAnAnswer, () => setTimeout(() => client.abort(), 50));
    const startedAtMs = performance.now();
    await expect(identity.passOn({ ...login, signal: client.signal })).rejects.toMatchObject(noAnswer);
    expect(performance.now() - startedAtMs).toBeLessThan(4_000);
  });

  it("gives up after five seconds, however little of the answer is missing", async () => {
    const timeout = jest.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
    await expect(identity.passOn(login)).rejects.toMatchObject(noAnswer);
    expect(timeout).toHaveBeenCalledWith(5_000);
    timeout.mockRestore();
  });

  it("gives up an answer that is larger than any of identity's", async () => {
    const head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    answer = (socket) => socket.write(head + chunk.repeat(5));
    await expect(identity.passOn(login)).rejects.toMatchObject(noAnswer);
  });

  it("sends a login once, also over a kept connection that identity has just closed", async () => {
    answer = (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    await expect(identity.passOn(login)).resolves.toMatchObject({ status: 200 });
    answer = (socket) => socket.resetAndDestroy();
    await expect(identity.passOn(login)).rejects.toMatchObject(noAnswer);
    expect(received).toHaveLength(2);
    answer = (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    await eventually(() => expect(identity.passOn(login)).resolves.toMatchObject({ status: 200 }));
  });
});
