import { status } from "@grpc/grpc-js";
import { faultOf } from "./_fuzz-grpc.ts";
import type { Reply } from "./_grpc-gun.ts";

const shot = {
  kind: "twice",
  path: "/shop.payments.v1.PaymentService/ProcessPayment",
  headers: {},
  body: Buffer.alloc(0),
};
const failedByRule = "UNAVAILABLE The payment provider gave no outcome. PROVIDER_FAILED shop";

function reply(changes: Partial<Reply>): Reply {
  return { code: status.OK, httpStatus: 200, inner: [], text: "", ms: 1, ...changes };
}

function ended(code: number, text = ""): Reply["inner"][number] {
  return { code, text };
}

test("a charge that the sandbox's rules fail is no fault of the door's, alone or in a batch", () => {
  expect(faultOf(shot, reply({ code: status.UNAVAILABLE, text: failedByRule }))).toBeUndefined();
  const inner = [ended(status.OK), ended(status.UNAVAILABLE, failedByRule)];
  expect(faultOf(shot, reply({ inner, text: failedByRule }))).toBeUndefined();
});

test.each([
  ["unavailable for another reason", { code: status.UNAVAILABLE, text: "The database gave no answer." }],
  [
    "in a batch, unavailable for another reason",
    { inner: [ended(status.UNAVAILABLE), ended(status.UNAVAILABLE, failedByRule)], text: failedByRule },
  ],
  ["an internal error, whatever it says", { code: status.INTERNAL, text: failedByRule }],
  ["an unknown error in a batch", { inner: [ended(status.OK), ended(status.UNKNOWN)] }],
  ["no status at all", { code: undefined }],
  [
    "a stack trace in a refusal",
    { code: status.INVALID_ARGUMENT, text: "at Object.<anonymous> (/app/src/main.ts:1:2)" },
  ],
])("an answer is at fault that is %s", (_, changes) => {
  expect(faultOf(shot, reply(changes))).toBeDefined();
});
