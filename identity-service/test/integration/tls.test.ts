import { request } from "node:https";
import { createAuthority, writeCertificates } from "@shop/testkit/certificates";
import { startFreshIdentity, type TestIdentity } from "../_identity.ts";

const ca = createAuthority();
const files = writeCertificates(ca.issue(), ca);
let identity: TestIdentity;

afterEach(() => identity.close());
afterAll(() => files.remove());

/** The status that the metadata is answered with, and where they say that the service is. */
function metadata(own: { cert?: string; key?: string } = {}): Promise<{ status?: number; tokenEndpoint: string }> {
  const url = `https://127.0.0.1:${identity.context.ports.http}/.well-known/oauth-authorization-server`;
  return new Promise((resolve, reject) => {
    const req = request(url, { ca: ca.cert, agent: false, ...own }, async (res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of res) chunks.push(chunk as Buffer);
      resolve({ status: res.statusCode, tokenEndpoint: JSON.parse(Buffer.concat(chunks).toString()).token_endpoint });
    });
    req.on("error", reject);
    req.end();
  });
}

test("with the files of TLS it answers over https alone, and says so", async () => {
  identity = await startFreshIdentity(files.env);
  const { status, tokenEndpoint } = await metadata();
  expect(status).toBe(200);
  expect(tokenEndpoint).toBe(`https://127.0.0.1:${identity.context.ports.http}/oauth2/token`);
  await expect(fetch(identity.url)).rejects.toThrow("fetch failed");
  expect((await fetch(`${identity.opsUrl}/health/ready`)).status).toBe(200);
});

test("with TLS_CLIENT_CERTIFICATE=required it answers nobody without a certificate of the CA", async () => {
  identity = await startFreshIdentity({ ...files.env, TLS_CLIENT_CERTIFICATE: "required" });
  await expect(metadata()).rejects.toThrow("alert certificate required");
  await expect(metadata(createAuthority().issue())).rejects.toMatchObject({ code: "ECONNRESET" });
  expect((await metadata(ca.issue())).status).toBe(200);
  expect(identity.logged()).toContain("connections refused by TLS");
});
