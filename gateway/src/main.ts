import { runService } from "@shop/platform/lifecycle";
import { readConfig } from "./config.ts";
import { createContext } from "./context.ts";

/** An order that is under way may take up to 12 s; it is answered before this process ends. */
const CLOSE_LIMIT_MS = 15_000;

await runService({ name: "gateway", readConfig, createContext, closeLimitMs: CLOSE_LIMIT_MS });
