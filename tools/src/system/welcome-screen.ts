import { type Ports, replicaPorts } from "./ports.ts";

export interface WelcomeFacts {
  ports: Ports;
  /** The folder of the services' logs, as the reader would type it. */
  logs: string;
  /** Whether DEMO_PASSWORD replaces the demo users' usual password; then it is not shown. */
  hasOwnPassword: boolean;
  /** Where payments are kept, in words. */
  payments: string;
  /** The CA by which the doors are known, where they speak TLS. */
  caFile?: string;
  seconds: number;
}

/** What is shown when everything is healthy: where things are, who can log in, a first order to paste, how to stop. */
export function welcomeScreen({ ports, logs, hasOwnPassword, payments, caFile, seconds }: WelcomeFacts): string {
  const rest = `${caFile ? "https" : "http"}://localhost:${ports.rest}`;
  const curl = caFile ? `curl -s --cacert ${caFile}` : "curl -s";
  const grpcurl = caFile ? `grpcurl -cacert ${caFile}` : "grpcurl -plaintext";
  const grpc = `localhost:${ports.orders}`;
  const further = replicaPorts(ports, "orders").slice(1);
  const password = hasOwnPassword ? "$DEMO_PASSWORD" : "demo-password";
  return `
Everything is healthy after ${seconds.toFixed(1)} s.

  REST      ${rest}          docs    ${rest}/docs
  gRPC      ${grpc}                 OpenAPI ${rest}/openapi.json${further.map((port, index) => `\n            localhost:${port} (replica ${index + 2})`).join("")}
  Health    ${rest}/health
  Logs      ${logs}/<service>.log
  Payments  are kept in ${payments}

  Users     alice, bob (customers), oscar (operator), admin (Admin); password ${hasOwnPassword ? "as in DEMO_PASSWORD" : password}

A first order by REST, and by gRPC (paste the first line for both):

TOKEN=$(${curl} ${rest}/auth/login -H 'content-type: application/json' -d "{\\"username\\":\\"alice\\",\\"password\\":\\"${password}\\"}" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
${curl} ${rest}/api/orders -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"items":[{"productId":"${productId}","quantity":1}]}'
${grpcurl} -H "authorization: Bearer $TOKEN" -d '{"items":[{"product_id":"${productId}","quantity":1}]}' ${grpc} shop.orders.v1.OrderService/CreateOrder

Ctrl-C stops everything; the next start finds what was ordered.
`;
}

/** One of the seeded products, well in stock. */
const productId = "01900000-0000-7000-9000-000000000001";
