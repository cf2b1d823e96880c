/** Rows in an order. Pure; what has no value comes last, whichever way it goes. */

export interface Order {
  readonly key: string;
  readonly isDown: boolean;
}

type Value = number | string | undefined | null;

export function sorted<Row>(
  rows: readonly Row[],
  by: ((row: Row) => Value) | undefined,
  order: Order | undefined,
): readonly Row[] {
  if (!by || !order) return rows;
  const sign = order.isDown ? -1 : 1;
  return [...rows].sort((a, b) => compared(by(a), by(b), sign));
}

function compared(a: Value, b: Value, sign: number): number {
  const [hasA, hasB] = [a !== undefined && a !== null, b !== undefined && b !== null];
  if (!hasA || !hasB) return Number(hasB) - Number(hasA);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b));
}
