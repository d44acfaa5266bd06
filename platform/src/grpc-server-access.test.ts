import { status } from "@grpc/grpc-js";
import { cancelled, type Harness, key, paths, serve } from "../test/_grpc.ts";
import { fromGrpcStatus } from "./grpc-status.ts";

let harness: Harness;

beforeAll(async () => {
  harness = await serve(async () => cancelled);
});
afterAll(() => harness.close());

describe("bad input", () => {
  it.each([
    ["cut off", Buffer.from([0x0a, 0x7f, 0x41])],
    ["of an impossible wire type", Buffer.from([0x0f])],
    ["an endless number", Buffer.alloc(20, 0xff)],
  ])("is INVALID_ARGUMENT when it is %s", async (_, bytes) => {
    const err = await harness.raw(paths.cancel, bytes).catch((reason: unknown) => reason);
    expect(err).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(fromGrpcStatus(err as never).code).toBe("MALFORMED_BODY");
  });

  it("is RESOURCE_EXHAUSTED above one MiB", async () => {
    await expect(harness.raw(paths.cancel, Buffer.alloc(1024 * 1024 + 1))).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
  });

  it("is UNIMPLEMENTED for an RPC that does not exist", async () => {
    await expect(harness.raw("/shop.shipping.v1.ShippingService/Nope", Buffer.alloc(0))).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
    });
  });
});

describe("access", () => {
  const broken = Buffer.from([0x0f]);
  const cases: [string, string, string | undefined, status][] = [
    ["anyone's RPC ignores a bad token", paths.cancel, "Bearer nonsense", status.OK],
    ["a service's RPC takes a token with its scope", paths.schedule, key.serviceToken("a shipping"), status.OK],
    ["a service's RPC refuses another scope", paths.schedule, key.serviceToken("payments"), status.PERMISSION_DENIED],
    ["a service's RPC refuses a user", paths.schedule, key.userToken({ role: "Admin" }), status.PERMISSION_DENIED],
    ["a service's RPC refuses no token", paths.schedule, undefined, status.UNAUTHENTICATED],
    ["a service's RPC refuses an expired one", paths.schedule, key.serviceToken("shipping", { exp: 1 }), 16],
    ["a service's RPC refuses a tampered one", paths.schedule, `${key.serviceToken("shipping")}x`, 16],
    ["a service's RPC refuses another scheme", paths.schedule, "Basic b3JkZXI6eA==", status.UNAUTHENTICATED],
    ["a user's RPC takes the role it names", paths.get, key.userToken(), status.NOT_FOUND],
    ["a user's RPC refuses another role", paths.get, key.userToken({ role: "operator" }), status.PERMISSION_DENIED],
    ["a user's RPC refuses a service", paths.get, key.serviceToken("shipping"), status.PERMISSION_DENIED],
  ];

  it.each(cases)("%s", async (_, path, token, expected) => {
    const authorization = token?.includes(" ") ? token : `Bearer ${token}`;
    const metadata: Record<string, string> = token === undefined ? {} : { authorization };
    const code = await harness.raw(path, Buffer.alloc(0), metadata).then(
      () => status.OK,
      (err: { code: status }) => err.code,
    );
    expect(code).toBe(expected);
  });

  it("is decided before a byte of the request is read", async () => {
    await expect(harness.raw(paths.schedule, broken)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  });
});
