import { connect } from "node:net";
import { describeWithRedis, startTestRedis, type TestRedis } from "./redis.ts";

/** What the server answers to one command, or the error that there is no server. */
function ask(url: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1" }, () =>
      socket.write(`${command}\r\n`),
    );
    socket.setTimeout(5_000, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
    socket.once("data", (answer) => {
      socket.destroy();
      resolve(answer.toString().trim());
    });
  });
}

describeWithRedis("a Redis server for tests", () => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await startTestRedis();
  });
  afterAll(() => redis?.stop());

  it("answers on a port of its own, and is empty when it was killed and started again", async () => {
    expect(await ask(redis.url, "SET a 1")).toBe("+OK");
    await redis.kill();
    await expect(ask(redis.url, "GET a")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await redis.restart();
    expect(await ask(redis.url, "GET a")).toBe("$-1");
  });
});
