import { AppError, validationFailed } from "@shop/platform/errors";
import { serialKey } from "@shop/platform/paging";
import type { GetDeadLetterRequest, GetDeadLetterResponse } from "@shop/protos/gen/shop/orders/v1/operator";
import type { SagaRecords } from "@shop/saga";
import { toDeadLetterMessage } from "./dead-letter-message.ts";

/** Reads one dead letter. */
export async function getDeadLetter(
  records: Pick<SagaRecords, "deadLetter">,
  { deadLetterId }: GetDeadLetterRequest,
): Promise<GetDeadLetterResponse> {
  if (!serialKey.test(deadLetterId)) {
    throw validationFailed([{ field: "dead_letter_id", message: "must be a decimal number" }]);
  }
  const found = await records.deadLetter(deadLetterId);
  if (found === undefined) throw new AppError("NOT_FOUND", "There is no such dead letter.");
  return { deadLetter: toDeadLetterMessage(found) };
}
