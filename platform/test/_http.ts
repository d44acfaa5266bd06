import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestHttp {
  url: string;
  requests: { authorization: string | undefined; body: string }[];
  close(): Promise<void>;
}

/** What a request is answered; with an `etag`, 304 to who sends it. */
export interface TestAnswer {
  status?: number;
  etag?: string;
  body: unknown;
}

/** A server that answers every request as `answer` says at that moment. */
export async function serveHttp(answer: (path: string) => TestAnswer): Promise<TestHttp> {
  const requests: TestHttp["requests"] = [];
  const server = createServer((req, res) => void respond(req, res));

  async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    requests.push({ authorization: req.headers.authorization, body: Buffer.concat(chunks).toString() });
    const { status = 200, etag, body } = answer(req.url ?? "");
    if (etag !== undefined && req.headers["if-none-match"] === etag) return void res.writeHead(304, { etag }).end();
    res.writeHead(status, { "content-type": "application/json", ...(etag && { etag }) }).end(JSON.stringify(body));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
