/** What is in use of the heap when the garbage is collected. */

import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Spaces in which the compiler puts its code: it grows as long as code gets hot, whatever the program keeps. */
const CODE = /^code_/;
const COLLECTIONS = 2;

export function heapBytes(): number {
  for (let again = 0; again < COLLECTIONS; again++) collect();
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => !CODE.test(name))
    .reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}
