/** Where the goods go; the country in capital letters. */
export interface Address {
  readonly street: string;
  readonly city: string;
  readonly state: string;
  readonly zipCode: string;
  readonly country: string;
}

/** One line to pack. A product stands in one line at most. */
export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

/** What is to be sent, to whom and where: what an order's every request for a shipment has to repeat. */
export interface Parcel {
  readonly userId: string;
  readonly address: Address;
  readonly lines: readonly Line[];
}

/** The parts in which two parcels differ; lines may stand in any order. */
export function differencesOf(left: Parcel, right: Parcel): (keyof Parcel)[] {
  const differences: (keyof Parcel)[] = [];
  if (left.userId !== right.userId) differences.push("userId");
  if (!isSameAddress(left.address, right.address)) differences.push("address");
  if (!areSameLines(left.lines, right.lines)) differences.push("lines");
  return differences;
}

function isSameAddress(left: Address, right: Address): boolean {
  return (
    left.street === right.street &&
    left.city === right.city &&
    left.state === right.state &&
    left.zipCode === right.zipCode &&
    left.country === right.country
  );
}

function areSameLines(left: readonly Line[], right: readonly Line[]): boolean {
  const quantities = new Map(right.map(({ productId, quantity }) => [productId, quantity]));
  return left.length === right.length && left.every((line) => quantities.get(line.productId) === line.quantity);
}
