import type { Caller, TokenVerifier } from "@shop/platform/auth";
import { AppError } from "@shop/platform/errors";
import type { FastifyReply, FastifyRequest, preParsingHookHandler } from "fastify";
import type { CallFor } from "../clients/orders-client.ts";
import { cancelBudget } from "./cancel-budget.ts";

const SCHEME = /^bearer +/i;

/** A hook that lets only users in, before anything is made of the body. Their rights are judged where the data is. */
export function usersOnly(verifier: Pick<TokenVerifier, "verify">): preParsingHookHandler {
  return (req, _reply, payload, done) => {
    verifiedUser(verifier, bearerToken(req));
    done(null, payload);
  };
}

/** The user that a token stands for. Throws UNAUTHENTICATED where it is not good, or not a user's. */
export function verifiedUser(
  verifier: Pick<TokenVerifier, "verify">,
  token: string,
): Extract<Caller, { readonly kind: "user" }> {
  const caller = verifier.verify(token);
  if (caller.kind !== "user") throw new AppError("UNAUTHENTICATED", "A user's access token is needed here.");
  return caller;
}

/** The call to be made for the user that {@link usersOnly} let in; it ends when the client goes away. */
export function callFor(req: FastifyRequest, reply: FastifyReply): CallFor {
  return { authorization: `Bearer ${bearerToken(req)}`, signal: clientSignal(reply) };
}

/**
 * Aborted when the connection closes before the answer is sent, unless that happens too often: then the call comes to its
 * own end.
 * @NOTE Not `request.signal`: Fastify's is aborted as soon as a body has been read (5.12 on Node 24).
 */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) cancelBudget.cancelIfAllowed(() => controller.abort());
  });
  return controller.signal;
}

/** The token that a request brings. Throws UNAUTHENTICATED where it brings none. */
export function bearerToken(req: FastifyRequest): string {
  const header = req.headers.authorization ?? "";
  const [scheme = ""] = SCHEME.exec(header) ?? [];
  const token = header.slice(scheme.length).trimEnd();
  if (scheme === "" || token === "") {
    throw new AppError("UNAUTHENTICATED", "An access token is needed: `authorization: Bearer …`.");
  }
  return token;
}
