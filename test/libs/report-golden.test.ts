/** The report of one fixed run in every format, against what was looked at and kept. */

import { test } from "node:test";
import { fileNameOf, renderReport } from "../../libs/report/formats.ts";
import { exampleReport } from "../support/example-report.ts";
import { assertGolden } from "../support/golden.ts";

for (const format of ["csv", "junit", "markdown", "prometheus"] as const) {
  test(`the ${format} report of a fixed run is as it was; UPDATE_GOLDEN=1 accepts a change`, () => {
    assertGolden(fileNameOf(format), renderReport(exampleReport, format));
  });
}
