import { inventoryToIdentity } from "@shop/contracts/boundaries/participants-to-identity-service";
import { describeHttpConsumer } from "@shop/contracts/http-consumer";
import { polledDocumentCases } from "@shop/contracts/http-polled-documents";

describeHttpConsumer(inventoryToIdentity, polledDocumentCases("inventory-service"));
