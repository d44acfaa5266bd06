import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";

/** The address that a consumer's client is given: it hands each request on, and counts it. */
export interface HttpDoor {
  readonly url: string;
  /** Hands requests on to `target` while `work` lasts. Answers what was asked, such as `GET /keys`, in that order. */
  whileOn(target: string, work: () => Promise<unknown>): Promise<readonly string[]>;
  /** What was asked so far in this `whileOn`. */
  asked(): readonly string[];
  close(): Promise<void>;
}

/** Opens a door on a free port. Outside of `whileOn` it answers 503. */
export async function openHttpDoor(): Promise<HttpDoor> {
  let target: string | undefined;
  let asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(`${req.method} ${req.url}`);
    if (target === undefined) res.writeHead(503).end();
    else handOn(target, req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async whileOn(to, work) {
      asked = [];
      target = to;
      try {
        await work();
      } finally {
        target = undefined;
      }
      return asked;
    },
    asked: () => asked,
    close: () => closeNow(server),
  };
}

async function handOn(target: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { method, url = "", rawHeaders } = req;
  const onward = request(`${target}${url}`, { method, headers: rawHeaders, agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    onward.on("response", resolve).on("error", reject);
  });
  await pipeline(req, onward);
  const answer = await answered;
  res.writeHead(answer.statusCode ?? 0, answer.rawHeaders);
  await pipeline(answer, res);
}

function closeNow(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
