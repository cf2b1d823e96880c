/** A report for others' eyes holds no host, no node and no value of a query; its figures are those of the original. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { REPORT_FORMATS } from "../../libs/protocol/config/formats.ts";
import { Report } from "../../libs/protocol/report.ts";
import { anonymize } from "../../libs/report/anonymize.ts";
import { renderReport } from "../../libs/report/formats.ts";
import { renderText } from "../../libs/report/terminal/summary.ts";
import { PIPE } from "../../libs/report/terminal/terminal.ts";
import { exampleReport } from "../support/example-report.ts";

/** What must not be read, planted in every place that it could stand in. */
const PLANTED = [
  "planted-host",
  "planted-node",
  "planted-word",
  "plantedtoken",
  "planted phrase",
  "planted-label",
];

function planted(): Report {
  const report = structuredClone(exampleReport);
  const [first] = report.nodes;
  const [error] = report.errors;
  const [query] = report.queries;
  assert.ok(first && error && query);
  query.template = '_time:5m plantedtoken level:="planted phrase" {{ word }} | sort by (_time) limit 5';
  first.node_id = "planted-node";
  for (const sample of error.samples)
    Object.assign(sample, {
      node_id: "planted-node",
      message: "planted-host refused plantedtoken",
      request: "POST http://planted-host:9428/?query=plantedtoken",
    });
  report.events.push({ at_ms: 1, type: "node_lost", text: "planted-node fell silent at planted-host:9428" });
  report.verdict_reasons.push("planted-node was late");
  report.warnings.push("the secret of planted-host stands in the config");
  const server = report.server?.servers[0];
  if (server)
    Object.assign(server, { url: "http://planted-host:9428/metrics", flags: { "-x": "planted-word" } });
  report.spec = {
    target: { url: "http://planted-host:9428", auth: { type: "basic", username: "planted-word" } },
    queries: [{ name: "errors", template: "plantedtoken", variables: { word: { list: ["planted-word"] } } }],
    workload: { model: "open", target_qps: 50, duration: "2m" },
    metadata: { labels: { team: "planted-label" } },
  };
  return report;
}

const masked = anonymize(planted(), "a key of this test");

test("nothing that was planted can be read in any face of the report", () => {
  const faces = [...REPORT_FORMATS.map((format) => renderReport(masked, format)), renderText(masked, PIPE)];
  const original = REPORT_FORMATS.map((format) => renderReport(planted(), format)).join("");
  for (const word of PLANTED) {
    assert.ok(original.includes(word), `${word} was planted`);
    for (const face of faces) assert.ok(!face.includes(word), `${word} in ${face.slice(0, 40)}`);
  }
});

test("a masked report is a report, with every figure as it was, and the shape of its queries", () => {
  assert.ok(Report.safeParse(masked).success);
  const figures = ({ totals, ledger, timeline, blocks }: Report) => ({ totals, ledger, timeline, blocks });
  assert.deepEqual(figures(masked), figures(planted()));
  assert.match(
    masked.queries[0]?.template ?? "",
    /^_time:5m "word-[0-9a-f]{12}" level:="word-[0-9a-f]{12}" \{\{ word \}\} \| sort by \(_time\) limit 5$/,
  );
  const { workload } = masked.spec as { workload: object };
  assert.deepEqual(workload, { model: "open", target_qps: 50, duration: "2m" });
});

test("the same key gives the same hashes, another key gives others", () => {
  assert.deepEqual(anonymize(planted(), "a key of this test"), masked);
  const other = anonymize(planted(), "another key");
  assert.notEqual(other.nodes[0]?.node_id, masked.nodes[0]?.node_id);
});
