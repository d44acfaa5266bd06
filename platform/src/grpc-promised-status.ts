import { Metadata } from "@grpc/grpc-js";

const header = "x-promised-status";

/**
 * Promises in the response metadata of a unary call that the message is the answer and the status will be OK. A status is
 * a packet of its own, which Node's HTTP/2 sends a turn of its event loop later: a caller who knows of the promise need not
 * wait for it, and to every other caller it is one header more.
 */
export function promiseOk(metadata: Metadata): Metadata {
  metadata.set(header, "OK");
  return metadata;
}

/** What most answers promise it with: they bring no other metadata. */
export const onlyPromise: Metadata = promiseOk(new Metadata());

/** Claims that a server's response metadata hold that promise. */
export function promisesOk(metadata: Metadata): boolean {
  return metadata.get(header)[0] === "OK";
}
