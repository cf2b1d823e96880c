/** The books balance whatever happens to workers, their links and single slices. */

import { testShortly } from "./short.ts";
import { SLICE_FAULTS } from "./slice-faults.ts";
import { WORKER_FAULTS } from "./worker-faults.ts";

testShortly("the books balance, whatever happens to workers and slices", [...WORKER_FAULTS, ...SLICE_FAULTS]);
