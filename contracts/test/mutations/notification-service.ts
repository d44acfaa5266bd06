import type { MutatedProvider } from "../_mutation.ts";

export const mutatedNotifications: MutatedProvider = {
  provider: "notification-service",
  mutations: [
    {
      name: "a user who is gone has another reason",
      file: "src/api/send.ts",
      from: 'reason: "NO_RECIPIENT",',
      to: 'reason: "GONE",',
      breaks: ["to tell of a completed order of a user who is gone", "to tell of a failed order of a user who is gone"],
    },
    {
      name: "a message that is being sent is unavailable",
      file: "src/api/send.ts",
      from: 'new AppError("ABORTED",',
      to: 'new AppError("UNAVAILABLE",',
      breaks: ["to tell of a completed order while another does", "to tell of a failed order while another does"],
    },
    {
      name: "a message that is not taken is refused for good",
      file: "src/api/send.ts",
      from: 'new AppError("UNAVAILABLE",',
      to: 'new AppError("FAILED_PRECONDITION",',
      breaks: ["to tell of a completed order when no message is taken"],
    },
    {
      name: "a user who is gone is said to have been told",
      file: "src/api/send.ts",
      from: "(hasRecipient ? markSent : markUndeliverable)",
      to: "(markSent)",
      breaks: ["to tell of a completed order of a user who is gone"],
    },
    {
      name: "another event is taken under the same id",
      file: "src/store/claim-notification.ts",
      from: "return row.is_same ?",
      to: "return row ?",
      breaks: [
        "to tell of another amount under the same event id",
        "to tell of another failure under the same event id",
      ],
    },
    {
      name: "a message of a completed order calls it cancelled",
      file: "src/api/messages.ts",
      from: "COMPLETED: NotificationKind.NOTIFICATION_KIND_COMPLETED",
      to: "COMPLETED: NotificationKind.NOTIFICATION_KIND_CANCELLED",
      breaks: ["to tell of a completed order", "to tell of a completed order, again"],
    },
    {
      name: "a completed order needs no amount",
      file: "src/api/parse-order-event.ts",
      from: 'violations.add("event.total_amount", "is required")',
      to: 'violations.add("event.type", "is required")',
      breaks: ["to tell of a completed order without its amount"],
    },
  ],
};
