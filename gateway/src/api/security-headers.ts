import type { IncomingMessage, ServerResponse } from "node:http";
import helmet from "helmet";
import type { App } from "./app.ts";

/** Sends with every answer what keeps a browser from doing harm with it. */
export function protectBrowsers(app: App): void {
  const headers = securityHeaders();
  app.addHook("onRequest", (_req, reply, done) => {
    reply.headers(headers);
    done();
  });
}

/** Helmet's headers are the same for every answer: they are asked for once. */
function securityHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  const collect = {
    setHeader(name: string, value: string) {
      headers[name.toLowerCase()] = value;
    },
    removeHeader() {
      // There is none to be removed.
    },
  };
  const set = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'self'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "script-src": ["'self'"],
        "script-src-attr": ["'none'"],
        // The documentation's pages style their parts in place.
        "style-src": ["'self'", "'unsafe-inline'"],
      },
    },
    // These pages are served over plain HTTP behind a proxy, or on a developer's machine.
    strictTransportSecurity: false,
  });
  set({} as IncomingMessage, collect as unknown as ServerResponse, (err?: unknown) => {
    if (err !== undefined) throw err;
  });
  return headers;
}
