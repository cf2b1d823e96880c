/** Histories in which a fault of the services once showed, or one of the oracle. A seed means the same history as long as the scenarios are drawn alike. */

import type { ScenarioOptions } from "./scenario.ts";

export interface Regression {
  readonly seed: number;
  readonly options: ScenarioOptions;
  /** What went wrong. */
  readonly was: string;
}

export const REGRESSIONS: readonly Regression[] = [
  {
    seed: 16,
    options: { long: true },
    was: "a request was refused, and lost, because a bucket did not answer",
  },
  {
    seed: 20,
    options: { long: true },
    was: "a run whose acceptance was stored and not answered stayed requested",
  },
  {
    seed: 778,
    options: { long: true },
    was: "a run that was stored just as another leader took over was driven by nobody",
  },
  {
    seed: 11_679,
    options: { long: true },
    was: "a request that was taken a second time was driven by another schedule than the one that was stored",
  },
  {
    seed: 923,
    options: { long: true },
    was: "a deposed leader's slice, published behind the fence and run all the same, was in the report and not in the log folded again",
  },
  { seed: 448, options: { long: true }, was: "a stop during a takeover ended a begun run without a report" },
  {
    seed: 15_791,
    options: { long: true },
    was: "the aggregator let a run go because a deposed leader's word that it had failed came late",
  },
  {
    seed: 26_125,
    options: { long: true },
    was: "a leader did not say that a run was drained, because a deposed one had said so, whom the aggregator does not heed",
  },
  {
    seed: 43_435,
    options: { long: true },
    was: "a slice that a leader before had put into the queue, and that left it without a result, was waited for without end",
  },
  {
    seed: 44_882,
    options: { long: true },
    was: "in the simulator a message overtook one before it that a cut had held back, which was then never heard",
  },
  {
    seed: 17_499,
    options: { long: true },
    was: "a leader took its own clock for the reference though the workers knew that of the one before, and theirs moved while they had slices",
  },
  {
    seed: 35_323,
    options: { long: true },
    was: "a worker whose word was late was handed its own slice again, and ran it a second time at once",
  },
  {
    seed: 6_008,
    options: { long: true },
    was: "a slice was run by two workers since the first one's word was 4 s on its way, which the oracle did not count",
  },
  {
    seed: 33_258,
    options: { long: true },
    was: "the oracle did not count that a slice went to another worker while its holder's word was 4 s on its way",
  },
  {
    seed: 46_022,
    options: { long: true },
    was: "the oracle did not count an acknowledgement that was 4 s on its way: the slice was run again beside the next one",
  },
  {
    seed: 16_923,
    options: { long: true },
    was: "the oracle did not count a result that was 4 s on its way: its slice was still run again when the next one began",
  },
  {
    seed: 42_474,
    options: { long: true },
    was: "a leader that was frozen while it began took the lease from the one that had taken it over, by stepping down",
  },
  {
    seed: 52_985,
    options: { long: true },
    was: "a leader that had to read a run's logs a second time took its first marks for both of the second, and went on too early",
  },
  {
    seed: 58_035,
    options: { long: true },
    was: "a worker whose acknowledgement was 5 s on its way was handed its slice again, and ran it again though its result was stored",
  },
  {
    seed: 700_463,
    options: { long: true },
    was: "the threshold that ended a run had passed in the report, since what was still out made it hold again",
  },
  {
    seed: 700_535,
    options: { long: true },
    was: "a series whose record was written, and not answered, stood still, since its leader took the write for another one's",
  },
  {
    seed: 72_095,
    options: { long: true },
    was: "a slice in the queue whose place could not be asked was taken for one that was not stored, and the run ended without it",
  },
  {
    seed: 1730,
    options: { long: true },
    was: "a worker that had reported a slice under the run as it was took the same slice under the changed run for reported too",
  },
  {
    seed: 13_456,
    options: { long: true },
    was: "a pause was read in the log when the plan had just come to its end: the run could neither end nor go on",
  },
  {
    seed: 23_385,
    options: { long: true },
    was: "a worker that was cut off while its run was stopped and ended went on with what it held of it",
  },
  {
    seed: 23_005,
    options: { long: true },
    was: "a run that was changed, and ended before its leader came to write that into its record, was without the change there",
  },
];
