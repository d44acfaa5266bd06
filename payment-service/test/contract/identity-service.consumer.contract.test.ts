import { paymentToIdentity } from "@shop/contracts/boundaries/participants-to-identity-service";
import { describeHttpConsumer } from "@shop/contracts/http-consumer";
import { polledDocumentCases } from "@shop/contracts/http-polled-documents";

describeHttpConsumer(paymentToIdentity, polledDocumentCases("payment-service"));
