import { randomUUID } from "node:crypto";
import { NotificationKind, type OrderEvent } from "@shop/protos/gen/shop/notifications/v1/notifications";
import { aliceId, bobId, tamper } from "@shop/testkit/identity";
import { type Client, completed, failed, type Notifications, openNotifications } from "../_notifications.ts";

let notifications: Notifications;
beforeAll(async () => {
  notifications = await openNotifications();
});
afterAll(() => notifications.close());

describe("SendNotification", () => {
  it("hands the message to the transport, addressed by the customer's profile, and answers with what it stored", async () => {
    const { client, options, handedOver } = notifications;
    const event = completed();
    const { notification } = await client.sendNotification({ event }, options);
    expect(notification).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      eventId: event.eventId,
      orderId: event.orderId,
      userId: aliceId,
      kind: NotificationKind.NOTIFICATION_KIND_COMPLETED,
      subject: "Your order is confirmed",
      body: `Your order ${event.orderId} over 12.99 USD is paid and will be shipped.`,
      sentAt: expect.any(Date),
    });
    expect(handedOver.filter(({ about }) => about.eventId === event.eventId)).toMatchObject([
      {
        messageId: notification?.id,
        recipient: { name: "alice", email: "alice@example.com" },
        subject: notification?.subject,
        body: notification?.body,
      },
    ]);
  });

  it("keeps neither the customer's name nor their address", async () => {
    const event = completed();
    await notifications.client.sendNotification({ event }, notifications.options);
    expect(JSON.stringify(await notifications.rowOf(event.eventId))).not.toMatch(/alice|@|Springfield/);
  });

  it("sends nothing when the same event comes again, and answers as before", async () => {
    const { client, options, handedOver } = notifications;
    const event = completed();
    const first = await client.sendNotification({ event }, options);
    expect(await client.sendNotification({ event: { ...event } }, options)).toEqual(first);
    expect(handedOver.filter(({ about }) => about.eventId === event.eventId)).toHaveLength(1);
  });

  it("answers as before also when the customer is gone since", async () => {
    const { client, options, identity } = notifications;
    const userId = randomUUID();
    identity.profiles.set(userId, { userId, name: "carol", email: "carol@example.com", address: null });
    const event = completed({ userId });
    const first = await client.sendNotification({ event }, options);
    identity.profiles.delete(userId);
    expect(await client.sendNotification({ event }, options)).toEqual(first);
  });

  it.each<[string, Partial<OrderEvent>]>([
    ["order", { orderId: randomUUID() }],
    ["customer", { userId: bobId }],
    ["amount", { totalAmount: { currencyCode: "USD", units: 13n, nanos: 0 } }],
    ["time", { occurredAt: new Date(0) }],
  ])("refuses another %s under the same event id", async (_, change) => {
    const { client, options } = notifications;
    const event = completed();
    await client.sendNotification({ event }, options);
    await expect(client.sendNotification({ event: { ...event, ...change } }, options)).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      violations: [{ field: "event" }],
    });
  });

  it("refuses the event id of a cancellation", async () => {
    const { client, options } = notifications;
    const event = failed();
    await client.sendCancellation({ event }, options);
    const other = completed({ eventId: event.eventId, orderId: event.orderId });
    await expect(client.sendNotification({ event: other }, options)).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
  });

  it.each<[string, string | undefined]>([
    ["does not exist any more", undefined],
    ["has no e-mail address", ""],
  ])("has nobody to send to where the user %s, says so again, and sends once there is somebody", async (_, email) => {
    const { client, options, handedOver, rowOf, identity } = notifications;
    const userId = randomUUID();
    const event = completed({ userId });
    const profile = { userId, name: "erin", address: null };
    if (email !== undefined) identity.profiles.set(userId, { ...profile, email });
    for (let turn = 0; turn < 2; turn++) {
      await expect(client.sendNotification({ event }, options)).rejects.toMatchObject({
        code: "FAILED_PRECONDITION",
        reason: "NO_RECIPIENT",
      });
      expect(await rowOf(event.eventId)).toMatchObject({ status: "UNDELIVERABLE" });
    }
    const sent = () => handedOver.filter(({ about }) => about.eventId === event.eventId);
    expect(sent()).toEqual([]);
    identity.profiles.set(userId, { ...profile, email: "erin@example.com" });
    await client.sendNotification({ event }, options);
    expect(sent()).toHaveLength(1);
    expect(await rowOf(event.eventId)).toMatchObject({ status: "SENT" });
  });
});

describe("SendCancellation", () => {
  it("tells the reason", async () => {
    const event = failed();
    const { notification } = await notifications.client.sendCancellation({ event }, notifications.options);
    expect(notification).toMatchObject({
      kind: NotificationKind.NOTIFICATION_KIND_CANCELLED,
      subject: "Your order could not be completed",
      body: expect.stringContaining("is cancelled: There are only 3 lamps left."),
    });
  });
});

describe("ListNotifications", () => {
  const page = { orderId: "", userId: "", pageSize: 0, pageToken: "" };

  it("lists what was sent to a user or for an order, newest first, page by page", async () => {
    const { client, options, operator } = notifications;
    const userId = randomUUID();
    notifications.identity.profiles.set(userId, { userId, name: "dora", email: "dora@example.com", address: null });
    const orderId = randomUUID();
    const events = [completed({ userId, orderId }), completed({ userId }), completed({ userId })];
    for (const event of events) await client.sendNotification({ event }, options);
    const newestFirst = events.map(({ eventId }) => eventId).reverse();

    const first = await client.listNotifications({ ...page, userId, pageSize: 2 }, operator);
    const { nextPageToken: pageToken } = first;
    const second = await client.listNotifications({ ...page, userId, pageSize: 2, pageToken }, operator);
    expect([first, second].map((answer) => answer.notifications.map(({ eventId }) => eventId))).toEqual([
      newestFirst.slice(0, 2),
      newestFirst.slice(2),
    ]);
    expect(second.nextPageToken).toBe("");
    for (const request of [
      { ...page, orderId },
      { ...page, orderId, userId },
    ]) {
      const { notifications: found } = await client.listNotifications(request, operator);
      expect(found.map(({ eventId }) => eventId)).toEqual([events[0]?.eventId]);
    }
    const other = client.listNotifications({ ...page, orderId, pageToken }, operator);
    await expect(other).rejects.toMatchObject({ violations: [{ field: "page_token" }] });
  });

  it("lists nothing that was not sent", async () => {
    const { client, options, operator } = notifications;
    const event = completed({ userId: randomUUID() });
    await client.sendNotification({ event }, options).catch(() => undefined);
    const answer = await client.listNotifications({ ...page, userId: event.userId }, operator);
    expect(answer).toEqual({ notifications: [], nextPageToken: "" });
  });

  it("asks for one of the two ids", async () => {
    const { client, operator } = notifications;
    await expect(client.listNotifications(page, operator)).rejects.toMatchObject({
      violations: [{ field: "order_id", message: "is required, unless user_id is given" }],
    });
    await expect(client.listNotifications({ ...page, userId: "x", pageSize: -1 }, operator)).rejects.toMatchObject({
      violations: [{ field: "user_id" }, { field: "page_size" }],
    });
  });

  it("is for operators and Admins only", async () => {
    const { client, identity, options } = notifications;
    const list = (authorization: string) =>
      client.listNotifications({ ...page, userId: aliceId }, { timeoutMs: 10_000, authorization });
    await list(`Bearer ${identity.userToken({ role: "Admin" })}`);
    for (const authorization of [`Bearer ${identity.userToken()}`, options.authorization]) {
      await expect(list(authorization)).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    }
  });
});

describe("the door", () => {
  const calls: [string, (target: Client, authorization: string | undefined) => Promise<unknown>][] = [
    ["SendNotification", (it, authorization) => it.sendNotification({ event: completed() }, withToken(authorization))],
    ["SendCancellation", (it, authorization) => it.sendCancellation({ event: failed() }, withToken(authorization))],
  ];

  it.each(calls)("opens %s only to a service with the scope", async (_, send) => {
    const { identity, client } = notifications;
    const refusals: [string | undefined, string][] = [
      [undefined, "UNAUTHENTICATED"],
      [tamper(identity.serviceToken({ scopes: [] }), { scope: "notifications" }), "UNAUTHENTICATED"],
      [identity.serviceToken({ scopes: ["shipping", "profiles"] }), "PERMISSION_DENIED"],
      [identity.userToken({ role: "Admin" }), "PERMISSION_DENIED"],
    ];
    for (const [token, code] of refusals) {
      await expect(send(client, token && `Bearer ${token}`)).rejects.toMatchObject({ code });
    }
    await send(client, `Bearer ${identity.serviceToken({ scopes: ["notifications"] })}`);
  });

  it("is ready and counts what happens", async () => {
    const { client, options, opsText } = notifications;
    const event = completed();
    for (let turn = 0; turn < 2; turn++) await client.sendNotification({ event }, options);
    await client.sendCancellation({ event: failed() }, options);
    await client.sendNotification({ event: completed({ userId: randomUUID() }) }, options).catch(() => undefined);
    expect(await opsText("/health/ready")).toMatch(/^200 /);
    const metrics = await opsText("/metrics");
    expect(metrics).toMatch(/^notifications_sent_total\{kind="COMPLETED",[^}]*\} [1-9]/m);
    expect(metrics).toMatch(/^notifications_sent_total\{kind="CANCELLED",[^}]*\} [1-9]/m);
    expect(metrics).toMatch(/^notifications_undeliverable_total\{kind="COMPLETED",[^}]*\} [1-9]/m);
    expect(metrics).toMatch(/^notifications_failed_total\{kind="CANCELLED",[^}]*\} 0/m);
  });
});

function withToken(authorization: string | undefined) {
  return { timeoutMs: 10_000, authorization };
}
