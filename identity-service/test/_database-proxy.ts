import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between the service and PostgreSQL. */
export interface DatabaseProxy {
  /** The connection string, by way of the proxy. */
  readonly url: string;
  /** Loses all connections, and takes none until `open`. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

/** Starts a proxy before the database of a connection string. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isShut = false;
  const loseAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const proxy = createServer((service) => {
    if (isShut) return void service.destroy();
    const server = connect({ host: hostname, port: Number(port) });
    for (const [socket, other] of [
      [service, server],
      [server, service],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => undefined); // the close that follows ends the other half
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    shut() {
      isShut = true;
      loseAll();
    },
    open() {
      isShut = false;
    },
    async close() {
      loseAll();
      proxy.close();
      await once(proxy, "close");
    },
  };
}
