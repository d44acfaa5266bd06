import { describeEveryOrder } from "./_every-order.ts";

describeEveryOrder(150);
