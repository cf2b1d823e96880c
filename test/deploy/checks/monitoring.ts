/** Rules, scrapes and dashboards ask for metrics that are there, and are what their code makes. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { DASHBOARDS, madeFiles } from "../../../deploy/grafana/source/made.ts";
import { PROCESS_METRICS } from "../../../deploy/grafana/source/promql.ts";
import { METRICS } from "../../../libs/runtime/metrics.ts";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";
import { askTool } from "../../support/tools.ts";
import { type Any, named, objectsOf, picks } from "../render.ts";

const PROMETHEUS = join(PACKAGE_ROOT, "deploy", "prometheus");
const yaml = (folder: string, file: string): Any => parse(readFileSync(join(folder, file), "utf8"));

test("dashboards and rule objects in the repository are what their code makes (npm run dashboards)", () => {
  for (const [file, text] of madeFiles())
    assert.equal(readFileSync(join(PACKAGE_ROOT, file), "utf8"), text, file);
});

test("a dashboard's panels lie side by side, each with words on what it shows", () => {
  const uids = DASHBOARDS.map(({ uid }) => uid);
  assert.equal(new Set(uids).size, uids.length);
  for (const [file, text] of madeFiles().filter(([path]) => path.endsWith(".json"))) {
    const { panels } = JSON.parse(text) as Any;
    assert.ok(panels.length > 8, file);
    const taken = new Set<string>();
    for (const { gridPos, title, type, description, targets } of panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, `${file}: ${title} lies beside the page`);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!taken.has(`${x},${y}`), `${file}: ${title} lies on another one`);
          taken.add(`${x},${y}`);
        }
      if (type === "row") continue;
      assert.match(description, /\.$/, `${file}: ${title}`);
      assert.ok(targets.length > 0);
    }
  }
});

test("rules are well formed, each alert is tested, and all that they ask for is there", () => {
  for (const args of [
    ["check", "rules", join(PROMETHEUS, "rules.yaml")],
    ["test", "rules", join(PROMETHEUS, "rules.test.yaml")],
    ["check", "config", join(PROMETHEUS, "prometheus.yaml")],
  ]) {
    const { code, output } = askTool("promtool", args);
    assert.equal(code, 0, output);
  }
  const rules: Any[] = yaml(PROMETHEUS, "rules.yaml").groups.flatMap((group: Any) => group.rules);
  const tried: Any[] = yaml(PROMETHEUS, "rules.test.yaml").tests.flatMap((each: Any) => each.alert_rule_test);
  for (const { alert } of rules.filter((rule) => rule.alert !== undefined)) {
    const outcomes = tried
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts = [] }) => exp_alerts.length);
    assert.ok(outcomes.includes(0) && outcomes.includes(1), `${alert} is seen firing, and silent`);
  }
  const known = new Set<string>([
    ...Object.entries(METRICS).flatMap(([name, { kind }]) =>
      kind === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
    ...[...PROCESS_METRICS, ...rules.flatMap(({ record = [] }) => record), "up"],
  ]);
  const names = rules.flatMap(
    ({ expr }) => expr.match(/\b(?:logburst|coordinator|worker|process|nodejs)[:_][\w:]+/g) ?? [],
  );
  assert.ok(names.length > 15);
  // The words that an expression holds besides metrics are labels and functions.
  for (const name of names) assert.ok(known.has(name), name);
});

test("what is scraped in a cluster is each service, under the names that rules and dashboards rest on", () => {
  const jobs = yaml(PROMETHEUS, "prometheus.yaml").scrape_configs.map(({ job_name: name }: Any) => name);
  for (const [overlay, kind] of [
    ["production", "ServiceMonitor"],
    ["jobs", "VMServiceScrape"],
  ] as const) {
    const objects = objectsOf(overlay);
    const [scrape] = named(objects, kind);
    const picked = named(objects, "Service").filter(({ metadata }) =>
      picks(scrape?.spec.selector, metadata.labels ?? {}),
    );
    const components = picked.map(({ metadata }) => metadata.labels?.[scrape?.spec.jobLabel]);
    assert.deepEqual([...new Set(components)].sort(), jobs.toSorted());
    for (const { spec, metadata } of picked)
      for (const { port } of scrape?.spec.endpoints ?? [])
        assert.ok(
          spec.ports.some(({ name }: Any) => name === port),
          `${metadata.name}: ${port}`,
        );
  }
});

test("Grafana finds its dashboards and its data source where they are mounted", () => {
  const folder = join(PACKAGE_ROOT, "deploy", "grafana", "provisioning");
  const [provider] = yaml(folder, "dashboards/logburst.yaml").providers;
  const [source] = yaml(folder, "datasources/prometheus.yaml").datasources;
  const { services } = yaml(join(PACKAGE_ROOT, "deploy", "docker"), "compose.yaml");
  const mounted = services.grafana.volumes.find((volume: string) =>
    volume.startsWith("../grafana/dashboards"),
  );
  assert.equal(mounted.split(":")[1], provider.options.path);
  assert.ok(new URL(source.url).hostname in services);
  for (const { uid } of DASHBOARDS)
    assert.ok(existsSync(join(PACKAGE_ROOT, "deploy", "grafana", "dashboards", `${uid}.json`)));
});
