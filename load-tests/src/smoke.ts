import { ordersRun } from "./lib/orders-run.ts";
import { smoke } from "./lib/profiles.ts";

export const { options, setup, rest, grpc, both, handleSummary } = ordersRun(smoke);
