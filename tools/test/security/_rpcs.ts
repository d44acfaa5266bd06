import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { MethodDefinition } from "@shop/platform/grpc-server";
import { BatchServiceService } from "@shop/protos/gen/shop/batch/v1/batch";
import { InventoryServiceService } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { NotificationServiceService } from "@shop/protos/gen/shop/notifications/v1/notifications";
import { SagaOperatorServiceService } from "@shop/protos/gen/shop/orders/v1/operator";
import { OrderServiceService } from "@shop/protos/gen/shop/orders/v1/orders";
import { PaymentServiceService } from "@shop/protos/gen/shop/payments/v1/payments";
import { ShippingServiceService } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { fileDescriptors } from "@shop/protos/root";

/** A service's gRPC door, by the service's name in the embedded run. */
export type GrpcDoor = "orders" | "inventory" | "payments" | "shipping" | "notifications";

export const grpcDoors: readonly GrpcDoor[] = ["orders", "inventory", "payments", "shipping", "notifications"];

/** The doors that take calls many at once. */
export const batchDoors: readonly GrpcDoor[] = ["inventory", "payments", "shipping", "notifications"];

/** The name by which identity knows the service behind a door. */
export const audienceOf: Readonly<Record<GrpcDoor, string>> = {
  orders: "order-service",
  inventory: "inventory-service",
  payments: "payment-service",
  shipping: "shipping-service",
  notifications: "notification-service",
};

/** The scope that a service's token needs at a door; the order service has no RPC for services. */
export function scopeOf(door: GrpcDoor): Exclude<GrpcDoor, "orders"> | undefined {
  return door === "orders" ? undefined : door;
}

/** The path of the method that takes calls many at once. */
export const batchPath = BatchServiceService.call.path;

/** The paths of all methods of our own contracts, as the compiler describes them. */
export function describedMethods(): string[] {
  const files = fileDescriptors().map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  return files
    .filter((file) => file.package.startsWith("shop."))
    .flatMap((file) =>
      file.service.flatMap(({ name, method }) => method.map((one) => `/${file.package}.${name}/${one.name}`)),
    );
}

/** The services that each door shows. */
export const servicesOf: Readonly<Record<GrpcDoor, readonly string[]>> = {
  orders: ["shop.orders.v1.OrderService", "shop.orders.v1.SagaOperatorService"],
  inventory: ["shop.inventory.v1.InventoryService"],
  payments: ["shop.payments.v1.PaymentService"],
  shipping: ["shop.shipping.v1.ShippingService"],
  notifications: ["shop.notifications.v1.NotificationService"],
};

/** The door behind which a method is. */
export function doorOf(path: string): GrpcDoor {
  const service = path.split("/")[1] ?? "";
  const door = grpcDoors.find((name) => servicesOf[name].includes(service));
  if (door === undefined) throw new Error(`No door is known for ${path}: add its service to the table of doors.`);
  return door;
}

const methods = new Map<string, MethodDefinition>(
  [
    BatchServiceService,
    InventoryServiceService,
    NotificationServiceService,
    OrderServiceService,
    PaymentServiceService,
    SagaOperatorServiceService,
    ShippingServiceService,
  ].flatMap((service) => Object.values<MethodDefinition>(service).map((method) => [method.path, method] as const)),
);

/** The method at a path. */
export function methodAt(path: string): MethodDefinition {
  const method = methods.get(path);
  if (method === undefined) throw new Error(`The contract of ${path} is not imported: add its service to the list.`);
  return method;
}
