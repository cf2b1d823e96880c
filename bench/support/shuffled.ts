/** What is measured side by side takes turns in another order each round, always the same for the same round. */

import { randomFor } from "../../libs/load/random.ts";

export function shuffled<T>(items: readonly T[], round: number): T[] {
  const random = randomFor(1, round);
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
