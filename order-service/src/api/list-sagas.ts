import { validationFailed } from "@shop/platform/errors";
import { type Page, parsePage, uuidKey } from "@shop/platform/paging";
import { collectViolations, type Violations } from "@shop/platform/validation";
import type { Duration } from "@shop/protos/gen/google/protobuf/duration";
import type { ListSagasRequest, ListSagasResponse } from "@shop/protos/gen/shop/orders/v1/operator";
import type { SagaFilter, SagaRecords } from "@shop/saga";
import { parseSagaStatuses, toListedSagaMessage } from "./saga-message.ts";

const MAX_NAME_LENGTH = 100;
const MAX_ERROR_LENGTH = 200;
const MAX_AGE_DAYS = 3650;
const MAX_AGE_MS = MAX_AGE_DAYS * 86_400_000;

/** Reads a page of sagas, the oldest first: their ids are version 7. */
export async function listSagas(
  records: Pick<SagaRecords, "listSagas">,
  request: ListSagasRequest,
): Promise<ListSagasResponse> {
  const { filter, page } = parseListSagas(request);
  const { limit, after } = page;
  const { rows, nextPageToken } = page.cut(await records.listSagas(filter, { limit, after }), ({ keys }) => keys);
  return { sagas: rows.map(toListedSagaMessage), nextPageToken };
}

/** Which sagas are asked for, and which page of them. Throws VALIDATION_FAILED with every field that is wrong. */
export function parseListSagas(request: ListSagasRequest): { readonly filter: SagaFilter; readonly page: Page } {
  const violations = collectViolations();
  const statuses = parseSagaStatuses("statuses", request.statuses, violations);
  const filter: SagaFilter = {
    statuses: statuses.length > 0 ? statuses : undefined,
    currentStep: violations.text("current_step", request.currentStep, { maxLength: MAX_NAME_LENGTH }) || undefined,
    error: violations.text("error", request.error, { maxLength: MAX_ERROR_LENGTH }) || undefined,
    olderThanMs: request.minAge && parseAge("min_age", request.minAge, violations),
  };
  const list = { filter: ["sagas", filter], keys: [uuidKey] };
  const page = parsePage(request, list, violations);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return { filter, page };
}

function parseAge(field: string, { seconds, nanos }: Duration, violations: Violations): number {
  const ageMs = Number(seconds) * 1000 + nanos / 1e6;
  const isWhole = nanos >= 0 && nanos <= 999_999_999;
  if (!isWhole || ageMs < 0 || ageMs > MAX_AGE_MS) violations.add(field, `must be from 0 to ${MAX_AGE_DAYS} days`);
  return ageMs;
}
