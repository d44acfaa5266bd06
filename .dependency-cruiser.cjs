const services =
  "order-service|inventory-service|payment-service|shipping-service|notification-service|identity-service";
const service = `^(${services}|gateway)`;
const test = "\\.test\\.ts$|/test/|^testkit/";

/** One library, one home: `name` may be imported only from `homes`. */
function oneHome(name, homes) {
  return {
    name: `${name}-has-one-home`,
    severity: "error",
    from: {
      path: "^(saga|platform|order-|inventory-|payment-|shipping-|notification-|identity-|gateway)",
      pathNot: `${homes}|${test}`,
    },
    to: { path: `node_modules/${name}/` },
  };
}

/** Inside a service, the room `from` may import nothing of its own service but `allowed`. */
function room(from, allowed) {
  return {
    name: `${from}-imports-only-what-it-may`,
    severity: "error",
    from: { path: `${service}/src/${from}/`, pathNot: test },
    to: { path: "^$1/src/", pathNot: `^$1/src/(${[from, ...allowed].join("|")})(/|$)` },
  };
}

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "no-service-imports-another",
      severity: "error",
      from: { path: service, pathNot: test },
      to: { path: service, pathNot: "^$1/" },
    },
    {
      name: "saga-knows-no-service-no-grpc-no-proto",
      severity: "error",
      from: { path: "^saga/", pathNot: test },
      to: { path: `${service}|^platform/|^protos/|^tools/|node_modules/@grpc/` },
    },
    {
      name: "saga-knows-postgres-only-in-its-journal",
      severity: "error",
      from: { path: "^saga/src/", pathNot: `^saga/src/journal/|${test}` },
      to: { path: "node_modules/pg/" },
    },
    {
      // The batch of calls is no service's contract: it is how the platform's own client and server talk to each other.
      name: "platform-knows-no-service-and-no-proto-of-ours",
      severity: "error",
      from: { path: "^platform/", pathNot: test },
      to: { path: `${service}|^saga/|^tools/|^protos/gen/shop/(?!batch/)` },
    },
    {
      name: "testkit-only-from-tests",
      severity: "error",
      from: { pathNot: test },
      to: { path: "^testkit/" },
    },
    {
      name: "no-package-test-code-in-source",
      severity: "error",
      from: { path: "/src/", pathNot: test },
      to: { path: "\\.test\\.ts$|/test/" },
    },
    {
      name: "main-imports-only-the-composition-root",
      severity: "error",
      from: { path: `${service}/src/main\\.ts$` },
      to: { path: "^$1/src/", pathNot: "^$1/src/(config|context)\\.ts$" },
    },
    room("domain", []),
    room("store", ["domain"]),
    room("clients", ["domain", "checkout/ports\\.ts", "config\\.ts", "events\\.ts"]),
    room("checkout", ["domain"]),
    room("api", ["checkout", "domain", "store", "clients", "events\\.ts", "config\\.ts"]),
    room("jobs", ["checkout", "domain", "store", "clients", "events\\.ts", "config\\.ts"]),
    oneHome("@grpc/grpc-js", "^platform/src/(grpc-|errors)|^gateway/src/clients/|/src/clients/|/src/api/"),
    oneHome("cockatiel", "^platform/src/resilience|^saga/src/"),
    oneHome("opossum", "^platform/src/resilience|^payment-service/src/clients/"),
    oneHome("jsonwebtoken", "^platform/src/auth|^identity-service/"),
    oneHome("jose", "^platform/src/auth|^identity-service/"),
    oneHome("pg", "/src/store/|/src/journal/|^platform/"),
    oneHome("mongodb", "/src/store/|^platform/"),
  ],
  options: {
    doNotFollow: { path: "node_modules|^protos/gen/" },
    parser: "swc",
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: false,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js", ".cjs"],
    },
  },
};
