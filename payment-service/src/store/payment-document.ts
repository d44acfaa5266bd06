import { z } from "zod";
import type { Payment } from "../domain/payment.ts";

/** JSON has a time as text. */
const time = z.union([z.date(), z.string().pipe(z.coerce.date())]);

const amount = z.object({ minorUnits: z.int(), currency: z.string() });

const common = {
  origin: z.string().optional(),
  createdAt: time,
  updatedAt: time,
  history: z.array(
    z.object({
      status: z.enum(["PENDING", "COMPLETED", "DECLINED", "CANCELLING", "REFUNDING", "CANCELLED", "REFUNDED"]),
      at: time,
    }),
  ),
};
const charge = z.object({ userId: z.string(), amount, method: z.string() });
const sent = { ...common, charge };
const charged = { ...sent, reference: z.string() };

/** A payment as it is stored: without its key. */
const documentSchema = z.discriminatedUnion("status", [
  z.object({ ...sent, status: z.literal("PENDING"), attempt: z.int().min(1), leasedAt: time.optional() }),
  z.object({ ...charged, status: z.literal("COMPLETED") }),
  z.object({
    ...sent,
    status: z.literal("DECLINED"),
    decline: z.object({ code: z.literal("PAYMENT_DECLINED"), message: z.string() }),
  }),
  z.object({ ...sent, status: z.literal("CANCELLING") }),
  z.object({ ...charged, status: z.literal("REFUNDING") }),
  z.object({ ...charged, status: z.literal("REFUNDED"), refundReference: z.string() }),
  z.object({
    ...common,
    status: z.literal("CANCELLED"),
    charge: charge.optional(),
    reference: z.string().optional(),
    refundReference: z.string().optional(),
  }),
]);

/** Reads a stored document; throws where it is not a payment's, naming the order and the fields, never what they hold. */
export function toPayment(orderId: string, document: unknown): Payment {
  const { success, data, error } = documentSchema.safeParse(document);
  if (success) return { orderId, ...data };
  const fields = error.issues.map(({ path }) => path.join(".") || "the whole").join(", ");
  throw new Error(`The stored payment of the order ${orderId} cannot be read: ${fields}.`);
}
