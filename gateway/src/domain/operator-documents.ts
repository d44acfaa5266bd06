import { z } from "zod";
import { id, instant, nextPageToken, sagaDocument } from "./documents.ts";

/** What became of something that had used up its retries. */
export const deadLetterStatus = z.enum(["Open", "Kept", "WorkedOff"]);

/** Something that had used up its retries. */
export const deadLetterDocument = z
  .object({
    id: z.string().meta({ description: "A decimal number.", examples: ["17"] }),
    sagaId: id,
    orderId: id,
    step: z.string().meta({ description: "The step, undo or message." }),
    status: deadLetterStatus.meta({
      description:
        "Open: still retried, or waiting for an operator. Kept: its saga was turned round. WorkedOff: it went on " +
        "after all, or was resolved by hand.",
    }),
    reason: z.string().meta({ description: "Why it is here; stable and machine readable." }),
    attempts: z.int(),
    lastError: z.string(),
    request: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: "What was asked for, without what says who the customer is or where they live." }),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({
    id: "DeadLetter",
    examples: [
      {
        id: "17",
        sagaId: "01900000-0000-7000-8000-0000000000ab",
        orderId: "01900000-0000-7000-8000-0000000000aa",
        step: "RefundPayment",
        status: "Open",
        reason: "UNAVAILABLE",
        attempts: 4,
        lastError: "The payment provider cannot be reached.",
        request: { orderId: "01900000-0000-7000-8000-0000000000aa" },
        createdAt: "2026-01-31T09:30:09.500Z",
        updatedAt: "2026-01-31T09:31:00.000Z",
      },
    ],
  });

/** A page of dead letters. */
export const deadLetterPage = z
  .object({ deadLetters: z.array(deadLetterDocument), nextPageToken })
  .meta({ id: "DeadLetterPage" });

/** A page of sagas. */
export const sagaPage = z.object({ sagas: z.array(sagaDocument), nextPageToken }).meta({ id: "SagaPage" });

export type DeadLetterStatus = z.infer<typeof deadLetterStatus>;
export type DeadLetterDocument = z.infer<typeof deadLetterDocument>;
export type DeadLetterPage = z.infer<typeof deadLetterPage>;
export type SagaPage = z.infer<typeof sagaPage>;
