import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { ChannelCredentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { OrderServiceClient } from "@shop/protos/gen/shop/orders/v1/orders";
import { newOrder, orderId } from "./order.ts";
import type { Ask, HttpAsk } from "./work.ts";

/** Makes one request and resolves with its status, once the answer has been read. */
export type Asker = () => Promise<number>;

const agent = new Agent({ keepAlive: true });
const refusedPauseMs = 200;
const answerLimitMs = 60_000;

/** Creates one caller. */
export async function createAsker(ask: Ask): Promise<Asker> {
  switch (ask.kind) {
    case "http":
      return async () => (await send(ask)).status;
    case "grpc":
      return grpcAsker(ask);
    case "refresh":
      return refreshAsker(ask.url);
    case "wrong-login":
      return wrongLoginAsker(ask.url);
    default:
      return ask satisfies never;
  }
}

function grpcAsker({ address, token, order }: Extract<Ask, { kind: "grpc" }>): Asker {
  const client = new OrderServiceClient(address, ChannelCredentials.createInsecure());
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  const options = () => ({ deadline: Date.now() + answerLimitMs });
  return () =>
    new Promise((resolve, reject) => {
      const settle = (err: ServiceError | null) => (err ? reject(err) : resolve(0));
      if (order === "create") client.createOrder(newOrder, metadata, options(), settle);
      else client.getOrder({ orderId }, metadata, options(), settle);
    });
}

async function refreshAsker(url: string): Promise<Asker> {
  const credentials = { username: "alice", password: "demo-password" };
  let answer = await send(postOf(`${url}/login`, JSON.stringify(credentials), { "content-type": "application/json" }));
  return async () => {
    const form = new URLSearchParams({ grant_type: "refresh_token", client_id: "shop" });
    form.set("refresh_token", JSON.parse(answer.body).refresh_token);
    answer = await send(postOf(`${url}/oauth2/token`, form.toString(), formHeaders));
    return answer.status;
  };
}

const formHeaders = { "content-type": "application/x-www-form-urlencoded" };

let stranger = 0;

function wrongLoginAsker(url: string): Asker {
  return async () => {
    stranger += 1;
    const address = `10.${(stranger >> 16) & 255}.${(stranger >> 8) & 255}.${stranger & 255}`;
    const body = JSON.stringify({ username: `storm-${stranger}`, password: "wrong" });
    const headers = { "content-type": "application/json", "x-forwarded-for": address };
    const { status } = await exchange(postOf(`${url}/login`, body, headers));
    if (status !== 401 && status !== 503) throw new Error(`A wrong login was answered ${status}.`);
    if (status === 503) await pause(refusedPauseMs);
    return status;
  };
}

function postOf(url: string, body: string, headers: Record<string, string>): HttpAsk {
  return { kind: "http", url, method: "POST", headers, body, status: 200 };
}

async function send(ask: HttpAsk): Promise<{ status: number; body: string }> {
  const answer = await exchange(ask);
  if (answer.status !== ask.status) throw new Error(`${ask.url} was answered ${answer.status}: ${answer.body}`);
  return answer;
}

function exchange({ url, method, headers, body = "" }: HttpAsk): Promise<{ status: number; body: string }> {
  const length = method === "GET" ? {} : { "content-length": String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const req = request(url, { method, agent, headers: { ...headers, ...length }, timeout: answerLimitMs }, (res) => {
      text(res).then((read) => resolve({ status: res.statusCode ?? 0, body: read }), reject);
    });
    req.on("timeout", () => req.destroy(new Error(`${url} has not answered.`)));
    req.on("error", reject);
    req.end(body);
  });
}
