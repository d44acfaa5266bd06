const FORM = /^after:([^\0]{1,200})$/u;

/** The opaque token of the page that begins after this sku. */
export function writePageToken(lastSku: string): string {
  return Buffer.from(`after:${lastSku}`).toString("base64url");
}

/** The sku that a token of ours names, or `undefined` where the token is not ours. */
export function readPageToken(token: string): string | undefined {
  const sku = FORM.exec(Buffer.from(token, "base64url").toString())?.[1];
  return sku !== undefined && writePageToken(sku) === token ? sku : undefined;
}
