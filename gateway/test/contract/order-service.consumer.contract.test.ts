import { gatewayToOrders, gatewayToSagaOperator } from "@shop/contracts/boundaries/gateway-to-order-service";
import { describeConsumer } from "@shop/contracts/describe-consumer";
import type { RpcInteraction } from "@shop/contracts/interaction";
import { silentLog } from "@shop/platform/logging";
import { fromWireMoney } from "@shop/platform/money";
import {
  GetDeadLetterRequest,
  ListDeadLettersRequest,
  ListSagasRequest,
  ResolveSagaRequest,
} from "@shop/protos/gen/shop/orders/v1/operator";
import { CreateOrderRequest, GetOrderRequest, ListOrdersRequest } from "@shop/protos/gen/shop/orders/v1/orders";
import { createOperator, type Operator } from "../../src/clients/operator-client.ts";
import { createOrders, type Orders } from "../../src/clients/orders-client.ts";
import type { NewOrder } from "../../src/domain/new-order.ts";
import { call, outcomeOf, requestOf } from "./_call.ts";
import { outcomes } from "./_outcomes.ts";

describeConsumer(gatewayToOrders, {
  async call(interaction, address) {
    const orders = createOrders({ address, log: silentLog() });
    try {
      expect(await outcomeOf(askOrders(orders, interaction))).toEqual(expectedOf(interaction));
    } finally {
      orders.close();
    }
  },
});

describeConsumer(gatewayToSagaOperator, {
  async call(interaction, address) {
    const operator = createOperator({ address, log: silentLog() });
    try {
      expect(await outcomeOf(askOperator(operator, interaction))).toEqual(expectedOf(interaction));
    } finally {
      operator.close();
    }
  },
});

function expectedOf({ description }: RpcInteraction): unknown {
  const outcome = outcomes[description];
  if (outcome === undefined) throw new Error(`Nothing is said of what the client makes of "${description}".`);
  return outcome;
}

function askOrders(orders: Orders, interaction: RpcInteraction): Promise<unknown> {
  const { orderId } = requestOf(interaction, GetOrderRequest);
  switch (interaction.method) {
    case "CreateOrder":
      return orders.place(newOrderOf(requestOf(interaction, CreateOrderRequest)), call);
    case "GetOrder":
      return orders.read(orderId, call);
    case "GetSaga":
      return orders.readSaga(orderId, call);
    case "WatchOrder":
      return all(orders.follow(orderId, call));
    case "ListOrders": {
      const { userId, ...page } = requestOf(interaction, ListOrdersRequest);
      return orders.list(userId, page, call);
    }
    default:
      throw new Error(`The gateway's clients do not call ${interaction.method}.`);
  }
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The order that a client of the gateway asked for, where the wire's form of it is this. */
function newOrderOf({ items, shippingAddress, ...texts }: CreateOrderRequest): NewOrder {
  const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
  return {
    ...given,
    shippingAddress,
    items: items.map(({ productId, quantity, expectedUnitPrice }) => ({
      productId,
      quantity,
      expectedUnitPrice: expectedUnitPrice && fromWireMoney(expectedUnitPrice),
    })),
  };
}

function askOperator(operator: Operator, interaction: RpcInteraction): Promise<unknown> {
  const { sagaId, undo, reason } = requestOf(interaction, ResolveSagaRequest);
  switch (interaction.method) {
    case "ListSagas": {
      const { statuses, currentStep, error, pageSize } = requestOf(interaction, ListSagasRequest);
      const filter = { step: currentStep, error, pageSize };
      return operator.listSagas(statuses.length > 0 ? { ...filter, status: ["Parked"] } : filter, call);
    }
    case "RetrySaga":
      return operator.retry(sagaId, reason, call);
    case "CompensateSaga":
      return operator.compensate(sagaId, reason, call);
    case "ResolveSaga":
      return operator.resolve(sagaId, undo, reason, call);
    case "ListDeadLetters": {
      const { statuses, step, sagaId } = requestOf(interaction, ListDeadLettersRequest);
      return operator.listDeadLetters({ step, sagaId, ...(statuses.length > 0 && { status: ["Open"] }) }, call);
    }
    case "GetDeadLetter":
      return operator.readDeadLetter(requestOf(interaction, GetDeadLetterRequest).deadLetterId, call);
    default:
      throw new Error(`The gateway's clients do not call ${interaction.method}.`);
  }
}
