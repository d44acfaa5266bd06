export { createGuard, type Guard, type GuardOptions, type GuardState } from "./resilience-guard.ts";
export { createProviderBreaker, type ProviderBreakerOptions } from "./resilience-provider-breaker.ts";
export { type RetryReadOptions, retryRead } from "./resilience-retry.ts";
