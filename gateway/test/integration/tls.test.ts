import { request } from "node:https";
import { createAuthority, writeCertificates } from "@shop/testkit/certificates";
import { startGateway, type TestGateway } from "../_gateway.ts";

const ca = createAuthority();
const files = writeCertificates(ca.issue(), ca);
let gateway: TestGateway;

afterEach(() => gateway.close());
afterAll(() => files.remove());

/** The status that the description is answered with. */
function description(own: { cert?: string; key?: string } = {}): Promise<number | undefined> {
  const url = `${gateway.url.replace("http:", "https:")}/openapi.json`;
  return new Promise((resolve, reject) => {
    const req = request(url, { ca: ca.cert, agent: false, ...own }, (res) => {
      res.resume();
      resolve(res.statusCode);
    });
    req.on("error", reject);
    req.end();
  });
}

// Nobody is asked for anything here, so that the neighbours may stay what they are.
const env = { ...files.env, IDENTITY_URL: "https://127.0.0.1:1" };

test("with the files of TLS it answers over https alone, and asks nobody for a certificate", async () => {
  gateway = await startGateway(env);
  expect(await description()).toBe(200);
  await expect(fetch(gateway.url)).rejects.toThrow("fetch failed");
  expect((await fetch(`${gateway.opsUrl}/health/live`)).status).toBe(200);
});

test("with TLS_CLIENT_CERTIFICATE=required it answers nobody without a certificate of the CA", async () => {
  gateway = await startGateway({ ...env, TLS_CLIENT_CERTIFICATE: "required" });
  await expect(description()).rejects.toThrow("alert certificate required");
  expect(await description(ca.issue())).toBe(200);
});
