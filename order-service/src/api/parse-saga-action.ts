import { validationFailed } from "@shop/platform/errors";
import { collectViolations } from "@shop/platform/validation";

const MAX_REASON_LENGTH = 500;
const MAX_NAME_LENGTH = 100;

/** What an operator asks of a saga, and why. */
export interface SagaAction {
  readonly sagaId: string;
  readonly reason: string;
}

/** The id and the reason of a request that asks something of a saga. Throws VALIDATION_FAILED with all that is wrong. */
export function parseSagaAction(request: SagaAction): SagaAction {
  const { undo: _, ...action } = parse(request);
  return action;
}

/** The same, with the undo that was done by hand. Throws VALIDATION_FAILED with all that is wrong. */
export function parseResolution(request: SagaAction & { readonly undo: string }): SagaAction & { undo: string } {
  return parse(request, request.undo);
}

function parse(request: SagaAction, undo?: string): SagaAction & { undo: string } {
  const violations = collectViolations();
  const sagaId = violations.uuid("saga_id", request.sagaId);
  if (undo !== undefined) violations.text("undo", undo, { maxLength: MAX_NAME_LENGTH, required: true });
  const reason = violations.text("reason", request.reason, { maxLength: MAX_REASON_LENGTH, required: true }).trim();
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return { sagaId, reason, undo: undo ?? "" };
}
