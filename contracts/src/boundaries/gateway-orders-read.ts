import type { RpcInteraction } from "../interaction.ts";
import { eachLike, like, matching, uuid } from "../match.ts";
import {
  address,
  bob,
  call,
  callers,
  declined,
  declinedSaga,
  denied,
  example,
  failure,
  invalid,
  lamp,
  notFound,
  order,
  orderMessage,
  placed,
  sagaMessage,
  waiting,
  waitingSaga,
} from "./gateway-orders.ts";

const { customer, noOrders, operator, nobody } = callers;
const unknownId = order(404);

/** Reads one order. */
const orders: readonly RpcInteraction[] = [
  call(
    "GetOrder",
    "an order of one's own",
    [customer, lamp, placed(20)],
    { orderId: order(20) },
    {
      message: { order: orderMessage(order(20)) },
    },
  ),
  call(
    "GetOrder",
    "an order that failed",
    [customer, lamp, declined(21)],
    { orderId: order(21) },
    {
      message: {
        order: orderMessage(order(21), {
          status: "ORDER_STATUS_FAILED",
          failure: failure("PAYMENT_DECLINED", "ProcessPayment"),
        }),
      },
    },
  ),
  call("GetOrder", "another's order", [customer, lamp, placed(22, { userId: bob })], { orderId: order(22) }, notFound),
  call(
    "GetOrder",
    "another's order, by an operator",
    [operator, lamp, placed(23)],
    { orderId: order(23) },
    {
      message: { order: orderMessage(order(23)) },
    },
  ),
  call("GetOrder", "an order that there is not", [customer], { orderId: unknownId }, notFound),
  call("GetOrder", "an order by something that is no id", [customer], { orderId: "no-order" }, invalid("order_id")),
  call(
    "GetOrder",
    "one order without a token that counts",
    [nobody],
    { orderId: unknownId },
    {
      error: { code: "UNAUTHENTICATED" },
    },
  ),
];

/** Reads the saga of an order. */
const sagas: readonly RpcInteraction[] = [
  call(
    "GetSaga",
    "the saga of an order that was delivered",
    [customer, lamp, placed(30)],
    { orderId: order(30) },
    {
      message: { saga: sagaMessage(30) },
    },
  ),
  call(
    "GetSaga",
    "the saga of an order that was declined",
    [customer, lamp, declined(31)],
    { orderId: order(31) },
    {
      message: { saga: sagaMessage(31, declinedSaga) },
    },
  ),
  call(
    "GetSaga",
    "the saga of an order that waits",
    [customer, lamp, waiting(32)],
    { orderId: order(32) },
    {
      message: { saga: unended(sagaMessage(32, waitingSaga)) },
    },
  ),
  call(
    "GetSaga",
    "the saga of another's order",
    [customer, lamp, placed(33, { userId: bob })],
    { orderId: order(33) },
    notFound,
  ),
];

/** Follows the saga of an order: how it stands comes first. */
const watching: readonly RpcInteraction[] = [
  call(
    "WatchOrder",
    "an order that has ended, watched",
    [customer, lamp, placed(40)],
    { orderId: order(40) },
    {
      message: { order: orderMessage(order(40)), saga: sagaMessage(40) },
    },
  ),
  call("WatchOrder", "an order that there is not, watched", [customer], { orderId: unknownId }, notFound),
  call(
    "WatchOrder",
    "an order without a token that counts, watched",
    [nobody],
    { orderId: unknownId },
    {
      error: { code: "UNAUTHENTICATED" },
    },
  ),
];

const { state: _, ...addressWithoutState } = address;

/** An order of a list of which nothing else is known. */
const someOrder = {
  id: uuid(order(50)),
  userId: uuid(bob),
  status: matching(/ORDER_STATUS_[A-Z_]+/, "ORDER_STATUS_COMPLETED"),
  items: eachLike({ productId: uuid(order(1)), quantity: like(2) }),
  shippingAddress: like(addressWithoutState),
  createdAt: example,
  updatedAt: example,
};

/** Lists orders, the newest first. */
const lists: readonly RpcInteraction[] = [
  call(
    "ListOrders",
    "the latest of a user's orders, of which there are more",
    [noOrders, lamp, placed(51, { userId: bob }), placed(52, { userId: bob })],
    { userId: bob, pageSize: 1 },
    {
      message: {
        orders: [orderMessage(order(52), { userId: bob })],
        nextPageToken: matching(/\S+/, "an-example-of-a-token"),
      },
    },
  ),
  call("ListOrders", "the orders of a user who has none", [noOrders], { userId: bob }, { message: {} }),
  call(
    "ListOrders",
    "everybody's orders",
    [operator, lamp, placed(53)],
    { userId: "-" },
    {
      message: { orders: eachLike(someOrder) },
    },
  ),
  call("ListOrders", "everybody's orders, by a customer", [customer], { userId: "-" }, denied),
  call("ListOrders", "another user's orders", [customer], { userId: bob }, notFound),
  call(
    "ListOrders",
    "a page that there is not, and too large a one",
    [operator],
    { userId: "-", pageSize: -1, pageToken: "no-token" },
    invalid("page_size", "page_token"),
  ),
];

/** What is read of orders. */
export const reading: readonly RpcInteraction[] = [...orders, ...sagas, ...watching, ...lists];

function unended<Message>(message: Message): Message {
  const { completedAt: _, ...rest } = message as Message & { completedAt?: unknown };
  return rest as Message;
}
