import { readBody, type TestIdentity } from "./_identity.ts";

export const aliceId = "01900000-0000-7000-8000-00000000a11c";
export const adminId = "01900000-0000-7000-8000-0000000ad314";

/** A user that `POST /users` takes. */
export function newUser(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    username: "carol",
    password: "correct horse battery",
    role: "customer",
    name: "Carol Carter",
    email: "carol@example.com",
    addresses: [{ street: "1 High Street", city: "Leeds", zipCode: "LS1", country: "GB" }],
    ...changes,
  };
}

/** The Authorization header of a user who logs in now. */
export async function userBearer(
  identity: TestIdentity,
  username: string,
  password = "demo-password",
): Promise<Record<string, string>> {
  const response = await identity.login({ username, password });
  if (response.status !== 200) throw new Error(`${username} cannot log in: ${response.status}`);
  return { authorization: `Bearer ${(await readBody<{ access_token: string }>(response)).access_token}` };
}

/** One request to `/users…`, with a JSON body where there is one. */
export function askUsers(
  identity: TestIdentity,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Response> {
  const json: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
  return fetch(`${identity.url}/users${path}`, {
    method,
    headers: { ...json, ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}
