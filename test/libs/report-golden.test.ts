/** The report of one fixed run in every format, against what was looked at and kept. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileNameOf, renderReport } from "../../libs/report/formats.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { exampleReport } from "../support/example-report.ts";

/** Tests run from dist/, but golden files are sources. */
const GOLDEN = join(PACKAGE_ROOT, "test", "golden");

for (const format of ["html", "csv", "junit", "markdown", "prometheus"] as const) {
  test(`the ${format} report of a fixed run is as it was; UPDATE_GOLDEN=1 accepts a change`, () => {
    const file = join(GOLDEN, fileNameOf(format));
    const rendered = renderReport(exampleReport, format);
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, rendered);
    assert.equal(rendered, readFileSync(file, "utf8"));
  });
}
