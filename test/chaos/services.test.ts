/** The books balance whatever happens to NATS, coordinators and aggregators. */

import { AGGREGATOR_FAULTS } from "./aggregator-faults.ts";
import { COORDINATOR_FAULTS } from "./coordinator-faults.ts";
import { NATS_FAULTS } from "./nats-faults.ts";
import { ENDING_FAULTS } from "./operator-faults.ts";
import { testShortly } from "./short.ts";

testShortly("the books balance, whatever happens to NATS, coordinators and aggregators", [
  ...NATS_FAULTS,
  ...COORDINATOR_FAULTS,
  ...AGGREGATOR_FAULTS,
  ...ENDING_FAULTS,
]);
