import { z } from "zod";

/** Whether the whole system can take orders, and which services cannot do their part. */
export const readiness = z
  .object({
    status: z.enum(["ready", "not ready"]),
    notReady: z.array(z.string()).meta({ description: "The services that are not ready." }),
    services: z.record(z.string(), z.enum(["ready", "not ready", "unreachable"])),
  })
  .meta({
    id: "Readiness",
    examples: [
      {
        status: "not ready",
        notReady: ["payments"],
        services: {
          identity: "ready",
          orders: "ready",
          inventory: "ready",
          payments: "unreachable",
          shipping: "ready",
          notifications: "ready",
        },
      },
    ],
  });

export type Readiness = z.infer<typeof readiness>;

/** How one service answered. */
export type ServiceState = Readiness["services"][string];

/** The whole system's readiness from each service's. */
export function toReadiness(services: Readonly<Record<string, ServiceState>>): Readiness {
  const notReady = Object.keys(services).filter((service) => services[service] !== "ready");
  return { status: notReady.length === 0 ? "ready" : "not ready", notReady, services };
}
