import { validationFailed } from "@shop/platform/errors";
import { type Page, parsePage, serialKey } from "@shop/platform/paging";
import { collectViolations } from "@shop/platform/validation";
import type { ListDeadLettersRequest, ListDeadLettersResponse } from "@shop/protos/gen/shop/orders/v1/operator";
import type { DeadLetterFilter, SagaRecords } from "@shop/saga";
import { parseDeadLetterStatuses, toDeadLetterMessage } from "./dead-letter-message.ts";

const MAX_NAME_LENGTH = 100;

/** Reads a page of dead letters, the oldest first. */
export async function listDeadLetters(
  records: Pick<SagaRecords, "deadLetters">,
  request: ListDeadLettersRequest,
): Promise<ListDeadLettersResponse> {
  const { filter, page } = parseListDeadLetters(request);
  const { limit, after } = page;
  const { rows, nextPageToken } = page.cut(await records.deadLetters(filter, { limit, after }), ({ keys }) => keys);
  return { deadLetters: rows.map(toDeadLetterMessage), nextPageToken };
}

/** Which dead letters are asked for, and which page of them. Throws VALIDATION_FAILED with every field that is wrong. */
export function parseListDeadLetters(request: ListDeadLettersRequest): {
  readonly filter: DeadLetterFilter;
  readonly page: Page;
} {
  const violations = collectViolations();
  const statuses = parseDeadLetterStatuses("statuses", request.statuses, violations);
  const filter: DeadLetterFilter = {
    statuses: statuses.length > 0 ? statuses : undefined,
    step: violations.text("step", request.step, { maxLength: MAX_NAME_LENGTH }) || undefined,
    sagaId: request.sagaId === "" ? undefined : violations.uuid("saga_id", request.sagaId),
  };
  const page = parsePage(request, { filter: ["dead letters", filter], keys: [serialKey] }, violations);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return { filter, page };
}
