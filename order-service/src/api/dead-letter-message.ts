import type { Violations } from "@shop/platform/validation";
import {
  type DeadLetter as DeadLetterMessage,
  DeadLetterStatus as WireStatus,
} from "@shop/protos/gen/shop/orders/v1/operator";
import type { DeadLetterRecord } from "@shop/saga";

type DeadLetterStatus = DeadLetterRecord["status"];

const STATUSES: Record<DeadLetterStatus, WireStatus> = {
  Open: WireStatus.DEAD_LETTER_STATUS_OPEN,
  Kept: WireStatus.DEAD_LETTER_STATUS_KEPT,
  WorkedOff: WireStatus.DEAD_LETTER_STATUS_WORKED_OFF,
};

/** The statuses that a request names; what is none of ours is recorded as a violation of `field`. */
export function parseDeadLetterStatuses(
  field: string,
  wanted: readonly WireStatus[],
  violations: Violations,
): readonly DeadLetterStatus[] {
  return wanted.flatMap((status, index) => {
    const known = Object.entries(STATUSES).find(([, wire]) => wire === status);
    if (known === undefined) violations.add(`${field}[${index}]`, "must be one of the statuses of a dead letter");
    return known === undefined ? [] : [known[0] as DeadLetterStatus];
  });
}

/** The dead letter as it goes over the wire. */
export function toDeadLetterMessage({ key, keys: _, ...letter }: DeadLetterRecord): DeadLetterMessage {
  return {
    ...letter,
    orderId: key,
    status: STATUSES[letter.status],
    createdAt: new Date(letter.createdAt),
    updatedAt: new Date(letter.updatedAt),
  };
}
