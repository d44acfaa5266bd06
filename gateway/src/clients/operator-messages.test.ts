import { DeadLetterStatus } from "@shop/protos/gen/shop/orders/v1/operator";
import { SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { wireDeadLetter } from "../../test/_neighbours.ts";
import { sagaStatus } from "../domain/documents.ts";
import { deadLetterStatus } from "../domain/operator-documents.ts";
import { toDeadLetterDocument, toListDeadLettersRequest, toListSagasRequest } from "./operator-messages.ts";

/** The statuses that a service may send. */
function sent<Status extends number>(statuses: Record<string, Status>): Status[] {
  return Object.values(statuses).filter((status) => status > 0);
}

describe("operator messages", () => {
  it("have a word for every status of a dead letter", () => {
    const words = sent(DeadLetterStatus).map((status) => toDeadLetterDocument(wireDeadLetter({ status })).status);

    expect(words).toEqual(deadLetterStatus.options);
  });

  it("have a status for every word that can be asked for", () => {
    expect(toListSagasRequest({ status: [...sagaStatus.options] }).statuses).toEqual(sent(SagaStatus));
    expect(toListDeadLettersRequest({ status: [...deadLetterStatus.options] }).statuses).toEqual(
      sent(DeadLetterStatus),
    );
  });

  it("leave out a request that was not kept", () => {
    expect(toDeadLetterDocument(wireDeadLetter({ request: undefined }))).not.toHaveProperty("request");
  });
});
