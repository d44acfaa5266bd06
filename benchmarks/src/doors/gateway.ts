import { createTestIdentity } from "@shop/testkit/identity";
import { urlOf } from "./identity.ts";
import { orderBody, orderId } from "./order.ts";
import { startLoad, startOrderService, startService } from "./processes.ts";
import { aimedAt, type Row } from "./table.ts";
import { type Contender, takeTurns } from "./turns.ts";
import type { HttpAsk } from "./work.ts";

const slice = { callers: 16, requests: 1000 };
const orderGoalMs = 0.35;
const unlimited = "1000000";

/** The same orders over REST and directly over gRPC: the order service is a process that answers at once. */
export async function measureGateway(rounds: number, progress: (line: string) => void): Promise<Row[]> {
  const tokens = await createTestIdentity();
  try {
    await using orders = await startOrderService(tokens.url, tokens.issuer);
    const address = `127.0.0.1:${orders.port}`;
    await using gateway = await startService("gateway", {
      LOG_LEVEL: "info",
      IDENTITY_URL: tokens.url,
      ORDERS_ADDRESS: address,
      INVENTORY_ADDRESS: address,
      ORDERS_PER_SECOND: unlimited,
      REQUESTS_PER_SECOND: unlimited,
    });
    await using load = startLoad();
    const token = tokens.userToken();
    const rest = await restContenders(urlOf(gateway), token);
    const contenders = [
      ...rest.map((contender) => ({ ...contender, door: gateway.pid, behind: orders.pid })),
      ...grpcContenders(address, token).map((contender) => ({ ...contender, behind: orders.pid })),
    ];
    const rows = await takeTurns("an order through the gateway", contenders, load, rounds, progress);
    const isQuick = ({ doorMs = Number.NaN }: Row) => doorMs <= orderGoalMs;
    return rows.map((row, index) => (index === 0 ? aimedAt(row, `at most ${orderGoalMs} ms`, isQuick) : row));
  } finally {
    await tokens.close();
  }
}

async function restContenders(url: string, token: string): Promise<Contender[]> {
  const headers = { authorization: `Bearer ${token}` };
  const place = { ...headers, "content-type": "application/json" };
  const get: HttpAsk = { kind: "http", url: `${url}/api/orders/${orderId}`, method: "GET", headers, status: 200 };
  const tag = (await fetch(get.url, { headers })).headers.get("etag") ?? "";
  const again: HttpAsk = { ...get, headers: { ...headers, "if-none-match": tag }, status: 304 };
  const post: HttpAsk = {
    ...get,
    url: `${url}/api/orders`,
    method: "POST",
    headers: place,
    body: orderBody,
    status: 201,
  };
  return [
    { name: "POST /api/orders", ask: post, ...slice },
    { name: "GET /api/orders/{id}", ask: get, ...slice },
    { name: "GET, If-None-Match: 304", ask: again, ...slice },
  ];
}

function grpcContenders(address: string, token: string): Contender[] {
  return (["create", "get"] as const).map((order) => ({
    name: order === "create" ? "CreateOrder over gRPC" : "GetOrder over gRPC",
    ask: { kind: "grpc", address, token, order },
    ...slice,
  }));
}
