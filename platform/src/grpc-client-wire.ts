import type { ChannelInterface, experimental, Metadata, StatusObject } from "@grpc/grpc-js";
import { AppError } from "./errors.ts";

/** What is told of one call: its messages as bytes, then its end. */
export interface WireListener {
  onMetadata?(metadata: Metadata): void;
  onMessage(bytes: Buffer): void;
  onEnd(status: StatusObject): void;
}

/** One call as grpc-js sends it. */
export type WireCall = Pick<experimental.CallStream, "cancelWithStatus">;

/**
 * Sends one request over a channel and reads whatever comes back. It is what grpc-js's own client stands on: without
 * interceptors, event emitters and the note of the caller's stack, which are more than a tenth of what a call costs and of
 * no use here. It throws only where the channel is closed.
 */
export function startWireCall(
  channel: ChannelInterface,
  path: string,
  deadline: number,
  metadata: Metadata,
  request: Buffer,
  listener: WireListener,
): WireCall {
  const call = createCall(channel, path, deadline);
  call.start(metadata, {
    onReceiveMetadata: (received) => listener.onMetadata?.(received),
    onReceiveMessage(bytes: Buffer) {
      listener.onMessage(bytes);
      call.startRead();
    },
    onReceiveStatus: (status) => listener.onEnd(status),
  });
  call.startRead();
  call.sendMessageWithContext({}, request);
  call.halfClose();
  return call;
}

function createCall(channel: ChannelInterface, path: string, deadline: number): experimental.CallStream {
  try {
    return channel.createCall(path, deadline, null, null, null);
  } catch (err) {
    throw new AppError("UNAVAILABLE", "The call was not sent: its client is closed.", { cause: err });
  }
}
