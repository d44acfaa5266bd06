import type { IncomingMessage, ServerResponse } from "node:http";
import type { TokenVerifier } from "@shop/platform/auth";
import type { SeatLimits } from "@shop/platform/seats";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Catalogue } from "../clients/catalogue-client.ts";
import type { Identity } from "../clients/identity-client.ts";
import type { Operator } from "../clients/operator-client.ts";
import type { Orders } from "../clients/orders-client.ts";
import type { ReadinessProbe } from "../clients/readiness-client.ts";
import type { Events } from "../events.ts";
import type { EventStreams } from "./event-streams.ts";

/** The HTTP server that routes are added to. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes need. */
export interface Parts {
  readonly orders: Orders;
  readonly operator: Operator;
  readonly catalogue: Catalogue;
  readonly identity: Identity;
  readonly readiness: ReadinessProbe;
  readonly verifier: Pick<TokenVerifier, "verify">;
  readonly events: Events;
  readonly streams: EventStreams;
}

/** How the door behaves. */
export interface DoorOptions {
  /** Origins whose pages may call us from a browser; "*" for all. None: no cross-origin calls. */
  readonly corsOrigins: readonly string[];
  /** Addresses or networks of proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[];
  /** How many orders one user may place in a second. */
  readonly ordersPerSecond: number;
  /** How many other requests one user or, without a good token, one address may make in a second, whatever their routes. */
  readonly requestsPerSecond: number;
  /** The longest a request may take to arrive, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** More connections are closed at once. */
  readonly maxConnections: number;
  /** While this process is later than this with what is due, in milliseconds, it refuses a part of the requests. */
  readonly maxLoopDelayMs: number;
  /** How many streams of events may be open. */
  readonly eventStreams: SeatLimits;
}
