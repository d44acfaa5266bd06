/** Whether a URL or a host:port names this machine by its loopback address. */
export function isLoopback(target: string): boolean {
  const host = hostOf(target);
  return host === "localhost" || host === "[::1]" || /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(host);
}

/** Written by hand: k6 has no URL class. Whatever it does not understand, a user name before the host above all, is no host. */
function hostOf(target: string): string {
  const authority = target.toLowerCase().replace(/^https?:\/\//, "");
  return /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?(\/[^@\\]*)?$/.exec(authority)?.[1] ?? "";
}
