import type { User } from "./user.ts";

/** The password of the demo users, unless DEMO_PASSWORD says otherwise. It is printed by the embedded run: no secret. */
export const demoPassword = "demo-password";

/** The users of APP_MODE=demo. Their ids are fixed, so that examples can be pasted. */
export const demoUsers: readonly User[] = [
  {
    id: "01900000-0000-7000-8000-00000000a11c",
    username: "alice",
    role: "customer",
    name: "Alice Archer",
    email: "alice@example.com",
    addresses: [{ street: "1 Market Street", city: "San Francisco", state: "CA", zipCode: "94105", country: "US" }],
  },
  {
    id: "01900000-0000-7000-8000-000000000b0b",
    username: "bob",
    role: "customer",
    name: "Bob Baker",
    email: "bob@example.com",
    addresses: [{ street: "350 Fifth Avenue", city: "New York", state: "NY", zipCode: "10118", country: "US" }],
  },
  {
    id: "01900000-0000-7000-8000-00000005ca40",
    username: "oscar",
    role: "operator",
    name: "Oscar Olsen",
    email: "oscar@example.com",
    addresses: [],
  },
  {
    id: "01900000-0000-7000-8000-0000000ad314",
    username: "admin",
    role: "Admin",
    name: "Ada Admin",
    email: "admin@example.com",
    addresses: [],
  },
];
