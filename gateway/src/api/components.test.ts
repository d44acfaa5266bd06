import { withoutUnusedSchemas } from "./components.ts";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe("withoutUnusedSchemas", () => {
  it("keeps what is referred to, also by another schema, and drops the rest", () => {
    const description = withoutUnusedSchemas({
      paths: { "/orders": ref("Order") },
      components: { schemas: { Order: { total: ref("Amount") }, Amount: {}, AmountInput: {}, Unused: ref("Order") } },
    });

    expect(Object.keys(description.components.schemas)).toEqual(["Order", "Amount"]);
  });

  it("gives the plain name to a schema that is only read", () => {
    const description = withoutUnusedSchemas({
      paths: { "/orders": ref("NewOrderInput"), "/other": [ref("AddressInput"), ref("Address")] },
      components: { schemas: { NewOrderInput: { type: "object" }, NewOrder: {}, AddressInput: {}, Address: {} } },
    });

    expect(description).toEqual({
      paths: { "/orders": ref("NewOrder"), "/other": [ref("AddressInput"), ref("Address")] },
      components: { schemas: { NewOrder: { type: "object" }, AddressInput: {}, Address: {} } },
    });
  });
});
