import { describeEveryOrder } from "./_every-order.ts";

jest.setTimeout(120_000);

describeEveryOrder(50);
