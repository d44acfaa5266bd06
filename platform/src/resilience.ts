export type { BreakerOptions, GuardState } from "./resilience-breaker.ts";
export { providerFailed } from "./resilience-errors.ts";
export { createGuard, type Guard, type GuardOptions } from "./resilience-guard.ts";
export { createProviderBreaker, type ProviderBreakerOptions } from "./resilience-provider-breaker.ts";
export { type RetryReadOptions, retryRead } from "./resilience-retry.ts";
