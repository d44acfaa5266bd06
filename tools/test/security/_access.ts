/**
 * Who may call what: the design's table, one row for each RPC and for each route. The tests hold the running system to
 * it, call by call, and fail where an RPC or a route has no row.
 *
 * What a caller gets:
 * - `yes`    it is answered;
 * - `login`  UNAUTHENTICATED, 401: nobody, or a token that is not for this door;
 * - `no`     PERMISSION_DENIED, 403: known, and not allowed;
 * - `hidden` NOT_FOUND, 404: not allowed to know that it is there; a random id is answered in the same words.
 *
 * The callers:
 * - nobody      no token;
 * - owner       alice, the customer whose order it is;
 * - other       bob, another customer;
 * - operator, Admin;
 * - service     a service's token with the scope that the door asks for (at the order service: with any);
 * - scopes      a service's token with any other one scope;
 * - exchanged   alice's token exchanged for one to another service than this.
 */
export const callers = ["nobody", "owner", "other", "operator", "Admin", "service", "scopes", "exchanged"] as const;

export type CallerKind = (typeof callers)[number];
export type Outcome = "yes" | "login" | "no" | "hidden";
export type AccessTable = ReadonlyMap<string, Readonly<Record<CallerKind, Outcome>>>;

/** gRPC. A call in a batch is answered as it would be by itself; the batch itself holds nothing. */
export const rpcAccess = tableOf(`
| RPC                                                          | nobody | owner | other  | operator | Admin | service | scopes | exchanged |
|--------------------------------------------------------------|--------|-------|--------|----------|-------|---------|--------|-----------|
| /shop.orders.v1.OrderService/CreateOrder                     | login  | yes   | yes    | no       | yes   | no      | no     | login     |
| /shop.orders.v1.OrderService/GetOrder                        | login  | yes   | hidden | yes      | yes   | no      | no     | login     |
| /shop.orders.v1.OrderService/GetSaga                         | login  | yes   | hidden | yes      | yes   | no      | no     | login     |
| /shop.orders.v1.OrderService/ListOrders                      | login  | yes   | hidden | yes      | yes   | no      | no     | login     |
| /shop.orders.v1.OrderService/WatchOrder                      | login  | yes   | hidden | yes      | yes   | no      | no     | login     |
| /shop.orders.v1.SagaOperatorService/ListSagas                | login  | no    | no     | yes      | yes   | no      | no     | login     |
| /shop.orders.v1.SagaOperatorService/RetrySaga                | login  | no    | no     | yes      | yes   | no      | no     | login     |
| /shop.orders.v1.SagaOperatorService/CompensateSaga           | login  | no    | no     | yes      | yes   | no      | no     | login     |
| /shop.orders.v1.SagaOperatorService/ResolveSaga              | login  | no    | no     | yes      | yes   | no      | no     | login     |
| /shop.orders.v1.SagaOperatorService/GetDeadLetter            | login  | no    | no     | yes      | yes   | no      | no     | login     |
| /shop.orders.v1.SagaOperatorService/ListDeadLetters          | login  | no    | no     | yes      | yes   | no      | no     | login     |
| /shop.inventory.v1.InventoryService/ListProducts             | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
| /shop.inventory.v1.InventoryService/GetProduct               | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
| /shop.inventory.v1.InventoryService/CheckAvailability        | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.inventory.v1.InventoryService/ReserveInventory         | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.inventory.v1.InventoryService/CommitInventory          | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.inventory.v1.InventoryService/ReleaseInventory         | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.inventory.v1.InventoryService/AdjustStock              | login  | no    | no     | no       | yes   | no      | no     | login     |
| /shop.payments.v1.PaymentService/ProcessPayment              | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.payments.v1.PaymentService/RefundPayment               | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.payments.v1.PaymentService/GetPayment                  | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.shipping.v1.ShippingService/ScheduleShipment           | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.shipping.v1.ShippingService/CancelShipment             | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.shipping.v1.ShippingService/GetShipment                | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.notifications.v1.NotificationService/SendNotification  | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.notifications.v1.NotificationService/SendCancellation  | login  | no    | no     | no       | no    | yes     | no     | login     |
| /shop.notifications.v1.NotificationService/ListNotifications | login  | no    | no     | yes      | yes   | no      | no     | login     |
| /shop.batch.v1.BatchService/Call                             | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
`);

/** REST, at the gateway. Only users come in there: to it a service's token is that of nobody. */
export const routeAccess = tableOf(`
| route                                            | nobody | owner | other  | operator | Admin | service | scopes | exchanged |
|--------------------------------------------------|--------|-------|--------|----------|-------|---------|--------|-----------|
| POST /api/orders                                 | login  | yes   | yes    | no       | yes   | login   | login  | login     |
| GET /api/orders/{id}                             | login  | yes   | hidden | yes      | yes   | login   | login  | login     |
| GET /api/orders/{id}/saga                        | login  | yes   | hidden | yes      | yes   | login   | login  | login     |
| GET /api/orders/{id}/events                      | login  | yes   | hidden | yes      | yes   | login   | login  | login     |
| GET /api/orders/user/{userId}                    | login  | yes   | hidden | yes      | yes   | login   | login  | login     |
| GET /api/products                                | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
| GET /api/products/{id}                           | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
| GET /api/sagas                                   | login  | no    | no     | yes      | yes   | login   | login  | login     |
| POST /api/sagas/{id}/retry                       | login  | no    | no     | yes      | yes   | login   | login  | login     |
| POST /api/sagas/{id}/compensate                  | login  | no    | no     | yes      | yes   | login   | login  | login     |
| POST /api/sagas/{id}/resolve                     | login  | no    | no     | yes      | yes   | login   | login  | login     |
| GET /api/dead-letters                            | login  | no    | no     | yes      | yes   | login   | login  | login     |
| GET /api/dead-letters/{id}                       | login  | no    | no     | yes      | yes   | login   | login  | login     |
| GET /health                                      | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
| GET /openapi.json                                | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
| GET /docs                                        | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
`);

/**
 * The identity service at its own door; through the gateway the same under /auth. The routes of OAuth take no bearer's
 * token but a client's secret, and introspection takes nothing else; the public client of the logins has none.
 */
export const identityAccess = tableOf(`
| route                                            | nobody | owner | other  | operator | Admin | service | scopes | exchanged |
|--------------------------------------------------|--------|-------|--------|----------|-------|---------|--------|-----------|
| POST /login                                      | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
| POST /oauth2/token                               | yes    | login | login  | login    | login | login   | login  | login     |
| POST /oauth2/revoke                              | yes    | login | login  | login    | login | login   | login  | login     |
| POST /oauth2/introspect                          | login  | login | login  | login    | login | login   | login  | login     |
| GET /.well-known/jwks.json                       | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
| GET /.well-known/oauth-authorization-server      | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
| GET /revocations                                 | yes    | yes   | yes    | yes      | yes   | yes     | yes    | yes       |
| GET /internal/profiles/{userId}                  | login  | no    | no     | no       | no    | yes     | no     | login     |
| GET /keys                                        | login  | no    | no     | no       | yes   | no      | no     | login     |
| POST /keys/rotate                                | login  | no    | no     | no       | yes   | no      | no     | login     |
| DELETE /keys/{kid}                               | login  | no    | no     | no       | yes   | no      | no     | login     |
| POST /users                                      | login  | no    | no     | no       | yes   | no      | no     | login     |
| GET /users/{userId}                              | login  | no    | no     | no       | yes   | no      | no     | login     |
| DELETE /users/{userId}                           | login  | no    | no     | no       | yes   | no      | no     | login     |
`);

function tableOf(text: string): AccessTable {
  const [, , ...rows] = text.trim().split("\n");
  return new Map(rows.map(rowOf));
}

function rowOf(line: string): [string, Record<CallerKind, Outcome>] {
  const [name = "", ...cells] = line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
  if (cells.length !== callers.length) throw new Error(`The row of ${name} has ${cells.length} cells.`);
  return [name, Object.fromEntries(callers.map((caller, index) => [caller, cells[index]])) as never];
}
