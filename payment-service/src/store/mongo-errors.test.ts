import {
  MongoClientClosedError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoWriteConcernError,
} from "mongodb";
import { isDuplicateKey, toStoreError } from "./mongo-errors.ts";

const refusal = (code: number, errorLabels: string[] = []) => new MongoServerError({ ok: 0, code, errorLabels });

test.each([6, 7, 24, 50, 64, 79, 89, 91, 100, 112, 133, 134, 189, 262, 317, 9001])(
  "takes the server's code %i as one that passes",
  (code) => {
    expect(toStoreError(refusal(code)).code).toBe("UNAVAILABLE");
  },
);

test.each([10058, 10107, 11600, 11602, 13435, 13436])(
  "takes the code %i of a server that is no primary as one that passes",
  (code) => {
    expect(toStoreError(refusal(code)).code).toBe("UNAVAILABLE");
  },
);

test.each(["RetryableWriteError", "RetryableError", "TransientTransactionError", "ResetPool"])(
  "takes an unknown code that is labelled %s as one that passes",
  (label) => {
    expect(toStoreError(refusal(8, [label])).code).toBe("UNAVAILABLE");
  },
);

test.each([
  ["the network", new MongoNetworkError("lost")],
  ["a majority", new MongoWriteConcernError({ ok: 1, writeConcernError: { code: 8, errmsg: "not heard of" } })],
  ["a client that is closed", new MongoClientClosedError()],
])("is UNAVAILABLE for want of %s", (_, err) => {
  expect(toStoreError(err)).toMatchObject({ code: "UNAVAILABLE", cause: err });
});

test.each([
  ["a refusal that would come again", refusal(13)],
  ["a duplicate key where none is expected", refusal(11000)],
  ["a wrong use of the driver", new MongoInvalidArgumentError("wrong")],
  ["a fault of our own", new TypeError("wrong")],
])("is INTERNAL after %s", (_, err) => {
  expect(toStoreError(err).code).toBe("INTERNAL");
});

test("takes nothing but the server's word for a duplicate key", () => {
  expect(
    [refusal(11000), refusal(11001), new MongoNetworkError("E11000"), { code: 11000 }].map(isDuplicateKey),
  ).toEqual([true, false, false, false]);
});
