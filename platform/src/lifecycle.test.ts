import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

test("starts, and closes once on SIGTERM with exit code 0", async () => {
  const service = run({});
  await service.says("service started");
  service.kill("SIGTERM");
  expect(await service.end()).toBe(0);
  expect(service.count("closing now")).toBe(1);
  expect(service.count("service closed")).toBe(1);
});

test("tells all faults of its configuration on standard error and exits with 1", async () => {
  const service = run({ readConfig: '() => { throw new ConfigError(["A is not set", "B is not set"]); }' });
  expect(await service.end()).toBe(1);
  expect(await service.stderr).toBe("x-service: The configuration is not valid:\n  - A is not set\n  - B is not set\n");
  expect(service.output()).toBe("");
});

test("tells a start that fails in one line, releases what was opened and exits with 1", async () => {
  const service = run({ start: 'throw new Error("port in use")' });
  expect(await service.end()).toBe(1);
  expect(service.count("service could not start")).toBe(1);
  expect(service.output()).toContain("port in use");
  expect(service.count("closing now")).toBe(1);
});

test("exits with 1 when closing takes too long", async () => {
  const service = run({ close: "return new Promise(() => setInterval(() => {}, 1000))", closeLimitMs: 100 });
  await service.says("service started");
  service.kill("SIGTERM");
  expect(await service.end()).toBe(1);
  expect(service.count("service did not close in time")).toBe(1);
});

test("exits at once on a second signal", async () => {
  const service = run({ close: "return new Promise(() => setInterval(() => {}, 1000))", closeLimitMs: 60_000 });
  await service.says("service started");
  service.kill("SIGINT");
  await service.says("closing now");
  service.kill("SIGINT");
  expect(await service.end()).toBe(1);
});

const uncaught = [
  { name: "an exception", code: 'setTimeout(() => { throw new Error("defect"); }, 1)' },
  { name: "a rejection", code: 'Promise.reject(new Error("defect"))' },
];

test.each(uncaught)("logs $name that nobody caught as fatal, closes and exits with 1", async ({ code }) => {
  const service = run({ start: `${code}; await new Promise((resolve) => setTimeout(resolve, 5))` });
  expect(await service.end()).toBe(1);
  expect(service.output()).toContain('"log.level":"fatal"');
  expect(service.output()).toContain("defect");
  expect(service.count("closing now")).toBe(1);
});

interface Behaviour {
  readConfig?: string;
  start?: string;
  close?: string;
  closeLimitMs?: number;
}

function run({ readConfig = "() => ({})", start = "", close = "", closeLimitMs = 5000 }: Behaviour) {
  const source = (name: string) => JSON.stringify(`${import.meta.dirname}/${name}.ts`);
  const script = `
    import { ConfigError } from ${source("config")};
    import { runService } from ${source("lifecycle")};
    const hold = setInterval(() => {}, 1000);
    await runService({
      name: "x-service",
      closeLimitMs: ${closeLimitMs},
      readConfig: ${readConfig},
      createContext: async () => ({
        async start() { ${start} },
        async close() { process.stdout.write("closing now\\n"); clearInterval(hold); ${close} },
      }),
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  return observe(child);
}

function observe(child: ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream }) {
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const closed = once(child, "close");
  return {
    stderr: text(child.stderr),
    output: () => output,
    count: (part: string) => output.split(part).length - 1,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    end: async (): Promise<unknown> => (await closed)[0],
    async says(part: string): Promise<void> {
      while (!output.includes(part)) await once(child.stdout, "data");
    },
  };
}
