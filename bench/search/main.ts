/** `npm run bench:search`: how near the search comes to a capacity that is known, or that a real server has by its flags. */

import { machineText } from "../support/machine.ts";
import { numbersFrom } from "../support/options.ts";
import { searchKnown } from "./known.ts";
import { searchReal } from "./real.ts";

/** `precision` and `within` in per cent; `limit` in milliseconds. With `real` the target is a VictoriaLogs of so many places. */
const DEFAULTS = {
  places: 4,
  service: 20,
  from: 25,
  to: 3200,
  settle: 2,
  step: 10,
  precision: 3,
  confirm: 2,
  limit: 150,
  within: 5,
  real: 0,
};

const options = numbersFrom(process.argv.slice(2), DEFAULTS);
process.stdout.write(`${machineText()}\n`);
const isFound = options.real > 0 ? await searchReal(options.real) : await searchKnown(options);
process.exitCode = isFound ? 0 : 1;
