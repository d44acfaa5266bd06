import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { BSON } from "mongodb";

/** What happens to one command on its way to the server and back. */
export type WireFault =
  /** The connection is lost before the server hears of the command, or after it has carried it out. */
  | { kind: "cut"; where: "before" | "after" }
  /** No answer ever comes: the server never hears of the command, or has carried it out. */
  | { kind: "silence"; where: "before" | "after" }
  /** The server is not asked, and this is its answer. */
  | { kind: "refuse"; answer: BSON.Document }
  /** The server carries the command out, and this is added to its answer. */
  | { kind: "add"; answer: BSON.Document };

/** Stands between a MongoDB driver and its server, and speaks enough of their protocol to disturb a single command. */
export interface MongoProxy {
  /** The server's connection string, by way of the proxy. */
  uri: string;
  /** Every command that came by, as the driver sent it. */
  readonly commands: BSON.Document[];
  /**
   * Disturbs the next command of this name, or the one after so many others of it. What the driver asks of the database
   * `admin` on its own behalf, at moments of its own, is never disturbed.
   */
  disturb(command: string, fault: WireFault, others?: number): void;
  /** Loses all connections, and takes none until `open`. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

const opMsg = 2013;
const headerBytes = 16;
/** Behind the header come the flags and the kind of the first section. */
const documentAt = headerBytes + 5;

/** Starts a proxy before the server of a connection string, which names one host. */
export async function createMongoProxy(uri: string): Promise<MongoProxy> {
  const { hostname, port, pathname } = new URL(uri);
  const commands: BSON.Document[] = [];
  let faults: { command: string; fault: WireFault; others: number }[] = [];
  const sockets = new Set<Socket>();
  let isShut = false;

  function takeFault(command: BSON.Document): WireFault | undefined {
    if (command.$db === "admin") return undefined;
    const meant = faults.find((one) => one.command === Object.keys(command)[0]);
    if (meant === undefined || meant.others-- > 0) return undefined;
    faults = faults.filter((one) => one !== meant);
    return meant.fault;
  }

  const proxy = createServer((driver) => {
    const server = connect({ host: hostname, port: Number(port) || 27_017 });
    const lose = () => {
      driver.destroy();
      server.destroy();
    };
    for (const socket of [driver, server]) {
      sockets.add(socket);
      socket.on("error", lose).on("close", lose);
      socket.on("close", () => sockets.delete(socket));
    }
    if (isShut) lose();
    const struck = new Map<number, WireFault>();

    eachMessage(driver, (message) => {
      const command = documentOf(message);
      if (command === undefined) return void server.write(message);
      commands.push(command);
      const id = message.readInt32LE(4);
      const fault = takeFault(command);
      if (fault?.kind === "cut" && fault.where === "before") return lose();
      if (fault?.kind === "silence" && fault.where === "before") return;
      if (fault?.kind === "refuse") return void driver.write(answerTo(id, fault.answer));
      if (fault !== undefined) struck.set(id, fault);
      server.write(message);
    });

    eachMessage(server, (message) => {
      const id = message.readInt32LE(8);
      const fault = struck.get(id);
      struck.delete(id);
      if (fault === undefined) driver.write(message);
      else if (fault.kind === "cut") lose();
      else if (fault.kind === "add") driver.write(answerTo(id, { ...documentOf(message, true), ...fault.answer }));
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };

  return {
    uri: `mongodb://127.0.0.1:${(proxy.address() as AddressInfo).port}${pathname}?directConnection=true`,
    commands,
    disturb: (command, fault, others = 0) => faults.push({ command, fault, others }),
    shut() {
      isShut = true;
      cutAll();
    },
    open() {
      isShut = false;
    },
    async close() {
      cutAll();
      proxy.close();
      await once(proxy, "close");
    },
  };
}

function eachMessage(socket: Socket, take: (message: Buffer) => void): void {
  let held = Buffer.alloc(0);
  socket.on("data", (part) => {
    held = Buffer.concat([held, part]);
    while (held.length >= headerBytes && held.length >= held.readInt32LE(0)) {
      const length = held.readInt32LE(0);
      take(held.subarray(0, length));
      held = held.subarray(length);
    }
  });
}

/** What an OP_MSG says; undefined of the older messages with which a driver introduces itself. */
function documentOf(message: Buffer, keepsTypes = false): BSON.Document | undefined {
  if (message.readInt32LE(12) !== opMsg) return undefined;
  const document = message.subarray(documentAt, documentAt + message.readInt32LE(documentAt));
  return BSON.deserialize(document, { promoteValues: !keepsTypes });
}

function answerTo(requestId: number, answer: BSON.Document): Buffer {
  const body = BSON.serialize(answer);
  const message = Buffer.alloc(documentAt + body.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(requestId, 8);
  message.writeInt32LE(opMsg, 12);
  message.set(body, documentAt);
  return message;
}
