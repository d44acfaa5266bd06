import { dockerIgnore } from "./_docker-ignore.ts";
import { assignments, execForm, type Instruction, parseDockerfile, type Stage } from "./_dockerfile.ts";

/** What is not as it has to be in a Dockerfile. */
export function dockerfileFaults(source: string): string[] {
  const stages = parseDockerfile(source);
  const names = stages.map(({ name }) => name);
  const bases = stages.filter(({ from }) => !names.includes(from));
  return [
    ...bases.flatMap(({ from }) => when(!/:\d+\.\d+\.\d+[\w.-]*$/.test(from), `${from} has no exact version`)),
    ...stages.flatMap(({ instructions }) => instructions.flatMap(instructionFaults)),
    ...finalFaults(stages.at(-1)),
    ...assemblyFaults(stages),
  ];
}

/** The names of which a build must never see a file, and those that .dockerignore leaves in all the same. */
export function ignoreFaults(source: string): string[] {
  const ignores = dockerIgnore(source);
  const never = [
    ".env",
    ".env.unfinished.7",
    "order-service/.env",
    ".data/secrets.json",
    ".git/config",
    "node_modules/pg/index.js",
    "platform/node_modules/pg/index.js",
    "order-service/test/a.ts",
    "order-service/src/main.test.ts",
    "gateway/certs/.key",
    "ca.key",
    "tools/src/shop.ts",
    "docker-compose.yaml",
    "deploy/compose/new-env",
    "coverage/index.html",
    "order-service/server.log",
  ];
  const needed = [
    "package.json",
    "package-lock.json",
    ".npmrc",
    "protos/shop/orders/v1/orders.proto",
    "protos/gen/descriptors.binpb",
    "saga/src/index.ts",
    "platform/src/tls.ts",
    "order-service/src/store/migrations/1.sql",
    "gateway/src/main.ts",
    "tools/src/system/load-services.ts",
    "deploy/compose/health-check.js",
  ];
  return [
    ...never.flatMap((path) => when(!ignores(path), `${path} gets into the build`)),
    ...needed.flatMap((path) => when(ignores(path), `${path} is missing in the build`)),
  ];
}

function instructionFaults({ name, text, flags }: Instruction): string[] {
  const variables = name === "ENV" || name === "ARG" ? assignments(text) : [];
  return [
    ...variables.flatMap(([variable]) =>
      when(/PASSWORD|SECRET|TOKEN|CREDENTIAL|_KEY$/.test(variable), `${variable} would be kept in the image`),
    ),
    ...when(name === "ADD", "ADD unpacks and downloads"),
    ...when(name === "COPY" && flags.from === undefined && /^\.\/?\s/.test(text), "everything is copied"),
    ...when(/\bnpm (install|i)\b/.test(text), "npm may take other versions than the lock file's"),
    ...["--omit=dev", "--ignore-scripts"].flatMap((flag) =>
      when(/\bnpm ci\b/.test(text) && !text.includes(flag), `npm ci is called without ${flag}`),
    ),
    ...when(/\b(curl|wget)\b/.test(text), "something is downloaded without a checksum"),
  ];
}

function finalFaults(stage: Stage | undefined): string[] {
  const all = (name: string) => stage?.instructions.filter((one) => one.name === name).map(({ text }) => text) ?? [];
  const copies = stage?.instructions.filter((one) => one.name === "COPY") ?? [];
  const user = userOf(stage?.instructions);
  const check = /^(?:--\S+\s+)*CMD\s+(.*)$/.exec(all("HEALTHCHECK").at(-1) ?? "")?.[1] ?? "";
  const command = execForm(all("CMD").at(-1) ?? "");
  const env = Object.fromEntries(all("ENV").flatMap(assignments));
  const labels = all("LABEL")
    .flatMap(assignments)
    .map(([name]) => name);
  return [
    ...when(!/^[1-9]\d{3,}:[1-9]\d{3,}$/.test(user), "it does not run as a numeric user of its own"),
    ...when(execForm(check) === undefined, "its health check needs a shell"),
    ...when(command?.[0] !== "node", "its command is not node itself, which signals have to reach"),
    ...when(env.HOST !== "0.0.0.0", "nobody outside its container reaches it"),
    ...when(env.NODE_ENV !== "production", "libraries take it for somebody's desk"),
    ...when(all("RUN").length > 0, "it is changed after it was assembled"),
    ...when(!copies.every(({ flags }) => flags.chown === "0:0" && flags.chmod === undefined), "its user may change it"),
    ...when((all("STOPSIGNAL").at(-1) ?? "SIGTERM") !== "SIGTERM", "it does not hear that it shall close"),
    ...when(env.OPS_PORT === undefined, "its health check does not know where to ask"),
    ...["title", "version", "revision", "licenses"].flatMap((name) =>
      when(!labels.includes(`org.opencontainers.image.${name}`), `it does not tell its ${name}`),
    ),
  ];
}

/** What the last stage takes over from those before it. */
function assemblyFaults(stages: readonly Stage[]): string[] {
  const [last, ...others] = stages.toReversed();
  const base = others.find(({ name }) => name === last?.from);
  const compiled = others.map(compilation).find((found) => found !== undefined);
  const env = Object.fromEntries(
    last?.instructions.filter(({ name }) => name === "ENV").flatMap(({ text }) => assignments(text)) ?? [],
  );
  return [
    ...when(base?.instructions.some(({ name }) => name === "RUN") !== false, "it holds what it was built with"),
    ...when(
      compiled === undefined ||
        compiled.folder !== env.NODE_COMPILE_CACHE ||
        compiled.user !== userOf(last?.instructions),
      "what Node has compiled is not for it",
    ),
  ];
}

/** Node takes code that it compiled only where folder and user are the same. */
function compilation({ instructions }: Stage): { folder: string | undefined; user: string } | undefined {
  const index = instructions.findIndex(({ name, text }) => name === "RUN" && text.startsWith("NODE_COMPILE_CACHE="));
  if (index < 0) return undefined;
  const folder = /^NODE_COMPILE_CACHE=(\S+)/.exec(instructions[index]?.text ?? "")?.[1];
  return { folder, user: userOf(instructions.slice(0, index)) };
}

function userOf(instructions: readonly Instruction[] = []): string {
  return instructions.findLast(({ name }) => name === "USER")?.text ?? "0";
}

function when(isFault: boolean, fault: string): string[] {
  return isFault ? [fault] : [];
}
