import { AppError, fromUnknown } from "@shop/platform/errors";
import { MongoAPIError, MongoError, MongoServerError, MongoWriteConcernError } from "mongodb";

/**
 * Turns whatever an operation on MongoDB ends with into the store's error. UNAVAILABLE: no server could be reached or
 * written to, its answer was lost or came too late, it was stepping down, or a majority was not heard of in time. INTERNAL:
 * a server's refusal that is our own fault, and a wrong use of the driver. Of neither is known what became of the write.
 */
export function toStoreError(err: unknown): AppError {
  return err instanceof MongoError && isUnanswered(err)
    ? new AppError("UNAVAILABLE", "The payment store did not answer.", { cause: err })
    : fromUnknown(err);
}

/** Claims that a server refused an insert because a document stands under its key. */
export function isDuplicateKey(err: unknown): boolean {
  return err instanceof MongoServerError && err.code === 11000;
}

function isUnanswered(err: MongoError): boolean {
  if (err instanceof MongoWriteConcernError) return true;
  if (err instanceof MongoServerError)
    return passing.has(Number(err.code)) || labels.some((label) => err.hasErrorLabel(label));
  // Of the driver's own errors those are about how it is used, but for those of a client that is closed.
  return !(err instanceof MongoAPIError) || closed.has(err.name);
}

const labels = ["RetryableWriteError", "RetryableError", "TransientTransactionError", "ResetPool"];

const closed = new Set([
  "MongoNotConnectedError",
  "MongoTopologyClosedError",
  "MongoServerClosedError",
  "MongoClientClosedError",
  "MongoExpiredSessionError",
]);

/** The server's codes of what passes: network, elections, shut-downs, limits of time, a majority that was not heard of. */
const passing = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  50, // MaxTimeMSExpired
  64, // WriteConcernFailed
  79, // UnknownReplWriteConcern
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  317, // ConnectionPoolExpired
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
]);
