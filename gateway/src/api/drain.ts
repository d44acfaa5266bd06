import type { App } from "./app.ts";

/** Ends the server without breaking off what is under way. */
export interface Drain {
  /** Takes no new connections, waits for the requests under way up to `limitMs`, and closes every connection. */
  close(limitMs: number): Promise<void>;
}

/**
 * Counts the requests under way. Node's own close waits for connections too, and among them for those on which a browser
 * has not asked anything yet.
 */
export function createDrain(app: App): Drain {
  let underWay = 0;
  let onIdle: (() => void) | undefined;
  app.addHook("onRequest", (_req, reply, done) => {
    underWay += 1;
    reply.raw.once("close", () => {
      underWay -= 1;
      if (underWay === 0) onIdle?.();
    });
    done();
  });
  return {
    async close(limitMs) {
      const closed = app.close();
      await new Promise<void>((resolve) => {
        if (underWay === 0) return resolve();
        const limit = setTimeout(resolve, limitMs);
        onIdle = () => {
          clearTimeout(limit);
          resolve();
        };
      });
      app.server.closeAllConnections();
      await closed;
    },
  };
}
