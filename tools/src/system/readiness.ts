import { setTimeout as wait } from "node:timers/promises";

/** Whether a service says that it is ready; false also when nothing answers. */
export async function isReady(opsUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${opsUrl}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // not listening yet, or too slow to be called ready
  }
}

/** Waits until a service is ready; false when the limit is over or `isHopeless` says that it will not be. */
export async function waitUntilReady(
  opsUrl: string,
  limitMs: number,
  isHopeless: () => boolean = () => false,
): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (!(await isReady(opsUrl))) {
    if (isHopeless() || performance.now() > until) return false;
    await wait(100);
  }
  return true;
}
