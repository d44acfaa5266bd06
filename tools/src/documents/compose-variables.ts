/** A variable that only `docker-compose.yaml` knows. */
export interface ComposeVariable {
  readonly name: string;
  /** What it decides. */
  readonly meaning: string;
}

const password = (user: string) => `The password of PostgreSQL's user ${user}; taken over where the database is made`;
const secret = (client: string) => `The secret with which the ${client} gets tokens of its own`;
const hash = "Its SHA-256, in hexadecimal digits: all that identity is told";

/** Those that `deploy/compose/new-env` fills in: each hash stands behind its secret. */
export const composeSecrets: readonly ComposeVariable[] = [
  { name: "POSTGRES_PASSWORD", meaning: password("postgres, who may do everything") },
  { name: "IDENTITY_DATABASE_PASSWORD", meaning: password("identity") },
  { name: "INVENTORY_DATABASE_PASSWORD", meaning: password("inventory") },
  { name: "SHIPPING_DATABASE_PASSWORD", meaning: password("shipping") },
  { name: "NOTIFICATIONS_DATABASE_PASSWORD", meaning: password("notifications") },
  { name: "ORDERS_DATABASE_PASSWORD", meaning: password("orders") },
  { name: "ORDER_SERVICE_CLIENT_SECRET", meaning: secret("order service") },
  { name: "ORDER_SERVICE_CLIENT_SHA256", meaning: hash },
  { name: "NOTIFICATION_SERVICE_CLIENT_SECRET", meaning: secret("notification service") },
  { name: "NOTIFICATION_SERVICE_CLIENT_SHA256", meaning: hash },
  {
    name: "LOAD_TEST_CLIENT_SECRET",
    meaning: `${secret("client of the load tests")}; only those who run them read it. In the demo only`,
  },
  { name: "LOAD_TEST_CLIENT_SHA256", meaning: `${hash}. Without it there is no such client; refused in production` },
];

/** Those with a default in `docker-compose.yaml`. */
export const composeOptions: readonly ComposeVariable[] = [
  { name: "PUBLISHED_HTTP_PORT", meaning: "Where REST, /docs and /dashboard are on this machine, and on no other" },
  { name: "PUBLISHED_GRPC_PORT", meaning: "Where the orders' gRPC is on this machine, and on no other" },
  {
    name: "INTERNAL_NETWORK",
    meaning:
      "The first three numbers of the network between the services; change it where this machine uses them already",
  },
  { name: "POSTGRES_IMAGE", meaning: "The image of PostgreSQL; a new major version needs its data moved over" },
  { name: "MONGO_IMAGE", meaning: "The image of MongoDB" },
  { name: "REDIS_IMAGE", meaning: "The image of Redis" },
  { name: "KONG_IMAGE", meaning: "The image of Kong" },
  { name: "IMAGE_PREFIX", meaning: "What stands before the names of the services' images, such as a registry" },
  { name: "IMAGE_TAG", meaning: "The version of the services' images" },
  {
    name: "PULL_POLICY",
    meaning:
      "build: the services' images are built here; missing or always: they are pulled from where IMAGE_PREFIX says",
  },
];
