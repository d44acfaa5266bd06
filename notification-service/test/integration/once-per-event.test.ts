import { silentLog } from "@shop/platform/logging";
import { eventually } from "@shop/testkit/eventually";
import { bobId } from "@shop/testkit/identity";
import { createContext } from "../../src/context.ts";
import { markSent } from "../../src/store/settle-notification.ts";
import { completed, failed, type Notifications, openNotifications } from "../_notifications.ts";

/** Short enough to be waited for, long enough for a slow machine to send within it. */
const CLAIM_MS = 3000;

let notifications: Notifications;
beforeAll(async () => {
  notifications = await openNotifications({ claimMs: CLAIM_MS });
});
afterEach(() => {
  notifications.onSend = async () => undefined;
});
afterAll(() => notifications.close());

function timesHandedOver(eventId: string): number {
  return notifications.handedOver.filter(({ about }) => about.eventId === eventId).length;
}

it("lets one of two callers at once send, in two processes; the other is told to ask again and then gets the same answer", async () => {
  const { client, options, rowOf } = notifications;
  const event = completed();
  const [entered, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  notifications.onSend = () => {
    entered.resolve();
    return mayGoOn.promise;
  };
  const other = await notifications.startAnother();
  const first = client.sendNotification({ event }, options);
  await entered.promise;
  expect(await rowOf(event.eventId)).toMatchObject({ status: "PENDING" });
  await expect(other.client.sendNotification({ event }, other.options)).rejects.toMatchObject({ code: "ABORTED" });
  mayGoOn.resolve();
  expect(await other.client.sendNotification({ event }, other.options).catch(() => first)).toEqual(await first);
  expect(await other.client.sendNotification({ event }, other.options)).toEqual(await first);
  expect(timesHandedOver(event.eventId)).toBe(1);
});

it("sends once where twenty callers come at once", async () => {
  const { client, options } = notifications;
  const event = failed();
  const answers = await Promise.allSettled(
    Array.from({ length: 20 }, () => client.sendCancellation({ event }, options)),
  );
  for (const answer of answers) {
    if (answer.status === "rejected") expect(answer.reason).toMatchObject({ code: "ABORTED" });
  }
  await client.sendCancellation({ event }, options);
  expect(timesHandedOver(event.eventId)).toBe(1);
});

it("is UNAVAILABLE where the transport fails, and sends at the next call, at once and with the same message", async () => {
  const { client, options, rowOf } = notifications;
  const event = completed();
  const messageIds: string[] = [];
  notifications.onSend = async ({ messageId }) => {
    messageIds.push(messageId);
    if (messageIds.length === 1) throw new Error("no connection");
  };
  await expect(client.sendNotification({ event }, options)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await rowOf(event.eventId)).toMatchObject({ status: "PENDING" });
  const { notification } = await client.sendNotification({ event }, options);
  expect(messageIds).toEqual([notification?.id, notification?.id]);
});

it("is UNAVAILABLE while identity gives no profile, and hands nothing over", async () => {
  const { client, options, identity } = notifications;
  const event = completed({ userId: bobId });
  const { profiles } = identity;
  const get = jest.spyOn(profiles, "get").mockReturnValue({} as never);
  await expect(client.sendNotification({ event }, options)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  get.mockRestore();
  expect(timesHandedOver(event.eventId)).toBe(0);
  await client.sendNotification({ event }, options);
  expect(timesHandedOver(event.eventId)).toBe(1);
});

it("goes on with what the transport has begun when its caller is gone, and answers the next one from that", async () => {
  const { client, options, rowOf } = notifications;
  const event = completed();
  const [entered, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  notifications.onSend = (_, signal) => {
    signal.addEventListener("abort", () => mayGoOn.reject(signal.reason));
    entered.resolve();
    return mayGoOn.promise;
  };
  const caller = new AbortController();
  const sent = client.sendNotification({ event }, { ...options, signal: caller.signal });
  await entered.promise;
  caller.abort();
  await expect(sent).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(client.sendNotification({ event }, options)).rejects.toMatchObject({ code: "ABORTED" });
  mayGoOn.resolve();
  await eventually(async () => (await rowOf(event.eventId))?.status === "SENT");
  await client.sendNotification({ event }, options);
  expect(timesHandedOver(event.eventId)).toBe(1);
});

it("writes down that a message was taken also where the database is away just then", async () => {
  const { client, options } = notifications;
  const { database } = notifications.context;
  const event = completed();
  const query = database.query.bind(database) as (...args: unknown[]) => unknown;
  let failures = 0;
  database.query = ((statement: { name?: string }, ...rest: unknown[]) => {
    if (statement.name !== "settle-notification" || failures === 2) return query(statement, ...rest);
    failures++;
    return Promise.reject(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  }) as never;
  const { notification } = await client.sendNotification({ event }, options);
  database.query = query as never;
  expect(failures).toBe(2);
  expect(notification?.sentAt).toBeDefined();
  expect(timesHandedOver(event.eventId)).toBe(1);
});

it("gives a sending up before its claim is over, so that nobody begins meanwhile", async () => {
  const { client, options, rowOf } = notifications;
  const event = completed();
  let claimedFor: number | undefined;
  notifications.onSend = (_, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", async () => {
        const { claimed_until: until } = (await rowOf(event.eventId)) as { claimed_until: Date };
        claimedFor = until.getTime() - Date.now();
        reject(signal.reason);
      });
    });
  await expect(client.sendNotification({ event }, options)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(claimedFor).toBeGreaterThan(0);
});

it("tells once that a message was sent, also where two have handed it over", async () => {
  const { client, options, context } = notifications;
  const event = completed();
  await client.sendNotification({ event }, options);
  expect(await markSent(context.database, event.eventId)).toMatchObject({ isNew: false });
});

it("leaves the claim of another alone where one gives up late", async () => {
  const { client, options, context } = notifications;
  const event = completed();
  const entered = Promise.withResolvers<void>();
  const mayFail = Promise.withResolvers<void>();
  notifications.onSend = async () => {
    entered.resolve();
    await mayFail.promise;
    throw new Error("no connection");
  };
  const late = client.sendNotification({ event }, options);
  await entered.promise;
  // Another has claimed it since, as it may once the first one's claim is over.
  await context.database.query(
    "UPDATE notifications SET claimed_until = now() + interval '1 minute' WHERE event_id = $1",
    [event.eventId],
  );
  mayFail.resolve();
  await expect(late).rejects.toMatchObject({ code: "UNAVAILABLE" });
  notifications.onSend = async () => undefined;
  await expect(client.sendNotification({ event }, options)).rejects.toMatchObject({ code: "ABORTED" });
  expect(timesHandedOver(event.eventId)).toBe(0);
});

/**
 * A process that dies between the transport and the stored state: whether the message left is not known, so it is handed
 * over again, under the same message id, and not before the claim is over.
 */
it("hands a message over again, under its id, where a process died after the transport had taken it", async () => {
  const { handedOver } = notifications;
  const dying = await notifications.startAnother();
  const event = completed();
  // Nothing that this process writes from here on arrives.
  const taken = Promise.withResolvers<void>();
  const query = dying.context.database.query.bind(dying.context.database) as (...args: unknown[]) => unknown;
  dying.context.database.query = ((statement: { name?: string }, ...rest: unknown[]) => {
    if (statement.name !== "settle-notification") return query(statement, ...rest);
    taken.resolve();
    return new Promise(() => undefined);
  }) as never;
  const lost = dying.client.sendNotification({ event }, { ...dying.options, timeoutMs: 500 });
  await expect(lost).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  await taken.promise;

  const { client, options } = notifications;
  await expect(client.sendNotification({ event }, options)).rejects.toMatchObject({ code: "ABORTED" });
  const answer = await eventually(() => client.sendNotification({ event }, options), { timeoutMs: 15_000 });
  const ofEvent = handedOver.filter(({ about }) => about.eventId === event.eventId);
  expect(ofEvent.map(({ messageId }) => messageId)).toEqual([answer.notification?.id, answer.notification?.id]);
  expect(await client.sendNotification({ event }, options)).toEqual(answer);
});

it("starts beside another that migrates the same empty database", async () => {
  const own = await openNotifications();
  try {
    await own.context.database.query("DROP TABLE notifications, migrations");
    const { connectionString = "" } = own.context.database.options;
    const { url, issuer, clientId, clientSecret } = own.identity;
    const config = {
      mode: "production" as const,
      logLevel: "silent",
      host: "127.0.0.1",
      grpcPort: 0,
      opsPort: 0,
      databaseUrl: connectionString,
      identity: { url, issuer, clientId, clientSecret },
    };
    const contexts = await Promise.all([1, 2].map(() => createContext(config, { log: silentLog() })));
    await Promise.all(contexts.map((context) => context.start()));
    expect(await own.rowOf(completed().eventId)).toBeUndefined();
    await Promise.all(contexts.map((context) => context.close()));
  } finally {
    await own.close();
  }
});
