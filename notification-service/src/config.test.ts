import { readConfig } from "./config.ts";

const env = {
  DATABASE_URL: "postgres://notifications:secret@localhost/notifications",
  IDENTITY_URL: "http://127.0.0.1:9085",
  CLIENT_SECRET: "s".repeat(64),
};

it("has the documented ports and its own login as defaults", () => {
  expect(readConfig(env)).toMatchObject({
    grpcPort: 9084,
    opsPort: 9184,
    host: "127.0.0.1",
    identity: { url: "http://127.0.0.1:9085", issuer: "shop-identity", clientId: "notification-service" },
  });
});

it("names all faults at once, and no value", () => {
  expect(() => readConfig({ ...env, DATABASE_URL: "mysql://secret", CLIENT_SECRET: "", GRPC_PORT: "x" })).toThrow(
    expect.objectContaining({
      faults: [
        "GRPC_PORT must be a whole number from 0 to 65535",
        "DATABASE_URL must be a URL such as postgres://user:password@host:5432/database",
        "CLIENT_SECRET is not set and must be the secret that the identity service knows this service by",
      ],
    }),
  );
});
