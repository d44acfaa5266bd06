import type { ServiceTokens } from "@shop/platform/auth";
import { createRpcClient } from "@shop/platform/grpc-client";
import type { Log } from "@shop/platform/logging";
import { createGuard, type Guard, type GuardState } from "@shop/platform/resilience";
import type { Tls } from "@shop/platform/tls";
import { NotificationServiceService } from "@shop/protos/gen/shop/notifications/v1/notifications";
import { createNotificationsClient, type Subscriber } from "./notifications-client.ts";

const CALL_TIMEOUT_MS = 5000;

/** The one subscriber to the orders' events, by two ways that fail apart. */
export interface Subscribers {
  /** For events that were never tried. */
  readonly fresh: Subscriber;
  /** For events that have failed before: whatever is wrong with them closes only their own way. */
  readonly tried: Subscriber;
  close(): void;
}

export interface SubscriberOptions {
  /** Where the notification service is. */
  readonly address: string;
  readonly tokens: ServiceTokens;
  readonly log: Log;
  readonly tls?: Tls;
  /** Told each change of a breaker. */
  onBreaker(target: string, state: GuardState): void;
  /** Told when the subscriber can be called again. */
  onReachable(): void;
}

/** Connects to the subscriber. */
export function connectSubscribers({ address, tokens, log, tls, ...options }: SubscriberOptions): Subscribers {
  const guards: Guard[] = [];
  const rpc = createRpcClient(NotificationServiceService, { address, token: tokens, isBatching: true, log, tls });

  function way(target: string): Subscriber {
    let state: GuardState = "closed";
    const guard = createGuard({
      target,
      timeoutMs: CALL_TIMEOUT_MS,
      onState(changed) {
        state = changed;
        options.onBreaker(target, changed);
      },
    });
    guard.onClose(options.onReachable);
    guards.push(guard);
    return createNotificationsClient(rpc, { guard, isProbing: () => state !== "closed", timeoutMs: CALL_TIMEOUT_MS });
  }

  return {
    fresh: way("notifications"),
    tried: way("notifications-retries"),
    close() {
      for (const guard of guards) guard.close();
      rpc.close();
    },
  };
}
