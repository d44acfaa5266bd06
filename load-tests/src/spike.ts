import { ordersRun } from "./lib/orders-run.ts";
import { spike } from "./lib/profiles.ts";

export const { options, setup, rest, grpc, both, handleSummary } = ordersRun(spike);
