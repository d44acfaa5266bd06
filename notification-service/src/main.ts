import { runService } from "@shop/platform/lifecycle";
import { readConfig } from "./config.ts";
import { createContext } from "./context.ts";

await runService({ name: "notification-service", readConfig, createContext });
