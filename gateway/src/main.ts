import { runService } from "@shop/platform/lifecycle";
import { readConfig } from "./config.ts";
import { createContext } from "./context.ts";

/** Above the time that the requests under way may take. */
const CLOSE_LIMIT_MS = 15_000;

await runService({ name: "gateway", readConfig, createContext, closeLimitMs: CLOSE_LIMIT_MS });
