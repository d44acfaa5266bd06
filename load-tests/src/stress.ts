import { ordersRun } from "./lib/orders-run.ts";
import { stress } from "./lib/profiles.ts";

export const { options, setup, rest, grpc, both, handleSummary } = ordersRun(stress);
