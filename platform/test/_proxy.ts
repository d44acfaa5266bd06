import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a port that can be cut. */
export interface CuttableProxy {
  readonly port: number;
  /** Keeps back from now on what comes from who connected; the answers still pass. */
  hold(): void;
  /** Breaks all connections, and takes no more. */
  close(): void;
}

/** A proxy to a port of this machine. */
export async function proxyTo(port: number): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  const ways: { near: Socket; far: Socket }[] = [];
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    ways.push({ near, far });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => other.destroy());
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hold() {
      for (const { near, far } of ways) near.unpipe(far);
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
