import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { http2Frame, PING, preface, settings } from "@shop/testkit/http2-frames";
import { dial } from "./_http-gun.ts";

/** A connection on which frames are sent as they are. What comes is read, unless `isReading` is false, and counted. */
export interface RawConnection {
  readonly socket: Socket;
  readonly isOpen: boolean;
  /** Sends; resolves when it has gone out, or the connection is closed. */
  send(...frames: Buffer[]): Promise<void>;
  /** Waits until all that was sent has been read: answers false where the connection is closed instead, or stays mute. */
  isRead(): Promise<boolean>;
  /** How many frames of a type have come. */
  received(type: number): number;
  close(): void;
}

export function openRawConnection(
  address: string,
  { first = settings([]), isReading = true }: { first?: Buffer; isReading?: boolean } = {},
): RawConnection {
  const socket = dial(address);
  socket.setMaxListeners(0);
  const counts = new Map<number, number>();
  let rest: Buffer = Buffer.alloc(0);
  if (isReading) {
    socket.on("data", (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (; rest.length >= 9; ) {
        const length = 9 + rest.readUIntBE(0, 3);
        if (rest.length < length) break;
        const type = rest.readUInt8(3);
        counts.set(type, (counts.get(type) ?? 0) + 1);
        rest = rest.subarray(length);
      }
    });
  }
  socket.write(Buffer.concat([preface, first]));
  return {
    socket,
    get isOpen() {
      return !socket.destroyed && socket.writable;
    },
    send: (...frames) =>
      new Promise((resolve) => {
        if (!socket.writable) return resolve();
        const done = () => {
          socket.off("close", done);
          resolve();
        };
        socket.once("close", done);
        socket.write(Buffer.concat(frames), done);
      }),
    async isRead() {
      const until = performance.now() + 5000;
      const pongs = counts.get(PING) ?? 0;
      socket.write(http2Frame(PING, 0, 0, Buffer.alloc(8)));
      while (performance.now() < until && !socket.destroyed) {
        if ((counts.get(PING) ?? 0) > pongs) return true;
        await wait(5);
      }
      return false;
    },
    received: (type) => counts.get(type) ?? 0,
    close: () => socket.destroy(),
  };
}
