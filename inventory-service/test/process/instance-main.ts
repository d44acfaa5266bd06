// An instance of the service as a process of its own, which tells the process that started it where it listens.
import { silentLog } from "@shop/platform/logging";
import { readConfig } from "../../src/config.ts";
import { createContext } from "../../src/context.ts";

const context = await createContext(readConfig(process.env), { log: silentLog() });
await context.start();
process.send?.({ grpcPort: context.ports.grpc });
process.on("disconnect", () => void context.close());
