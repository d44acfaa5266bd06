import { z } from "zod";
import { sagaStatus } from "./documents.ts";
import { expected, requiredText, uuid } from "./fields.ts";
import { deadLetterStatus } from "./operator-documents.ts";
import { choiceOf, onceInteger, onceText, pageFields } from "./page-request.ts";

const MAX_STEP = 100;
const MAX_ERROR = 200;
const MAX_REASON = 500;
const MAX_AGE_SECONDS = 315_360_000;
const ageMessage = `must be a whole number of seconds from 0 to ${MAX_AGE_SECONDS.toLocaleString("en")}`;

const page = pageFields({ max: 1_000, usual: 20 });
const step = onceText(MAX_STEP).optional();

/** Which sagas are listed; what is left out does not narrow the list. */
export const sagaFilter = z.strictObject({
  status: choiceOf(sagaStatus.options)
    .optional()
    .meta({ description: "Only with one of these; repeated, or with commas between them." }),
  step: step.meta({ description: "Only those that are at this step or undo.", examples: ["ProcessPayment"] }),
  error: onceText(MAX_ERROR)
    .optional()
    .meta({ description: "Only those whose failure's code or whose history's messages contain this, in any case." }),
  minAge: onceInteger({ min: 0, max: MAX_AGE_SECONDS }, ageMessage)
    .optional()
    .meta({ description: "Only those that began at least so many seconds ago.", examples: [300] }),
  ...page,
});

/** Which dead letters are listed; what is left out does not narrow the list. */
export const deadLetterFilter = z.strictObject({
  status: choiceOf(deadLetterStatus.options)
    .optional()
    .meta({ description: "Only with one of these; repeated, or with commas between them." }),
  step: step.meta({ description: "Only those of this step, undo or message.", examples: ["RefundPayment"] }),
  sagaId: uuid.optional().meta({ description: "Only those of this saga.", format: "uuid" }),
  ...page,
});

const reason = requiredText(MAX_REASON).meta({ description: "Why, for the saga's history." });

/** What an operator says when a saga is to be tried again or turned round. */
export const sagaRequestBody = z
  .strictObject({ reason }, { error: expected("an object") })
  .meta({ id: "SagaRequest", examples: [{ reason: "The payment provider is back." }] });

/** What an operator says when an undo was done by hand. */
export const resolveSagaBody = z
  .strictObject(
    {
      undo: requiredText(MAX_STEP).meta({ description: "The undo that was done by hand." }),
      reason: requiredText(MAX_REASON).meta({ description: "What was done, for the saga's history." }),
    },
    { error: expected("an object") },
  )
  .meta({ id: "SagaResolution", examples: [{ undo: "RefundPayment", reason: "Refunded by bank transfer 4711." }] });

export type SagaFilter = z.infer<typeof sagaFilter>;
export type DeadLetterFilter = z.infer<typeof deadLetterFilter>;
