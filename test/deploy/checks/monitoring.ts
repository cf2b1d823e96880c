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
import {
  type Any,
  isOurs,
  type Manifest,
  named,
  objectsOf,
  objectsOfChanged,
  picks,
  portsOf,
  renderedJobs,
  workloadsOf,
} from "../render.ts";
import { problemsOf } from "../schemas.ts";

const PROMETHEUS = join(PACKAGE_ROOT, "deploy", "prometheus");
const README = readFileSync(join(PACKAGE_ROOT, "README.md"), "utf8");
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

const SCRAPED: readonly (readonly [how: string, kind: string, objects: () => Manifest[]])[] = [
  ["production", "ServiceMonitor", () => objectsOf("production")],
  ["jobs", "VMServiceScrape", () => objectsOf("jobs")],
  ["tls", "ServiceMonitor", () => objectsOf("tls")],
  [
    "tls with VictoriaMetrics' operator",
    "VMServiceScrape",
    () =>
      objectsOfChanged("tls", "\n  - ../../prometheus/operator", "\n  - ../../prometheus/victoriametrics"),
  ],
];

for (const [how, kind, objectsNow] of SCRAPED) {
  test(`${how}: each service and each worker is scraped once, under the names that rules and dashboards rest on`, () => {
    const jobs = yaml(PROMETHEUS, "prometheus.yaml").scrape_configs.map(({ job_name: name }: Any) => name);
    const objects = objectsNow();
    const [scrape, ...others] = named(objects, kind);
    assert.ok(scrape);
    assert.deepEqual([others, problemsOf(scrape)], [[], []]);
    const services = named(objects, "Service").filter(({ metadata }) =>
      picks(scrape.spec.selector, metadata.labels ?? {}),
    );
    const components = services.map(({ metadata }) => metadata.labels?.[scrape.spec.jobLabel]);
    assert.deepEqual(components.toSorted(), jobs.toSorted());

    const [endpoint, ...more] = scrape.spec.endpoints;
    assert.deepEqual(more, []);
    for (const { spec } of services) assert.ok(spec.ports.some(({ name }: Any) => name === endpoint.port));
    // Workers that are rendered for one run stand beside those of the overlay.
    for (const workload of [...workloadsOf(objects).filter(isOurs), ...renderedJobs()]) {
      const picked = services.filter(({ spec }) => picks({ matchLabels: spec.selector }, workload.labels));
      assert.equal(picked.length, 1, workload.title);
      const [{ targetPort }] = picked[0]?.spec.ports ?? [];
      assert.ok(
        portsOf(workload).some(({ name }) => name === targetPort),
        workload.title,
      );
    }
  });

  test(`${how}: metrics are asked for as the services speak, by a CA and a name that their certificate has`, () => {
    const objects = objectsNow();
    const { scheme, tlsConfig } = named(objects, kind)[0]?.spec.endpoints[0] ?? {};
    for (const { pod, annotations, title } of workloadsOf(objects).filter(isOurs)) {
      const isSecured = pod.containers[0].env.some(({ name }: Any) => name === "LOGBURST_HTTP_CERT");
      assert.equal(scheme, isSecured ? "https" : undefined, title);
      assert.equal(annotations["prometheus.io/scheme"], scheme, title);
      if (!isSecured) continue;
      const certificate = pod.volumes.find(({ name }: Any) => name === "tls").secret.secretName;
      assert.deepEqual(tlsConfig.ca, { secret: { name: certificate, key: "ca.crt" } });
      const wanted = README.slice(README.indexOf(`one \`${certificate}\``)).split(")")[0] ?? "";
      for (const word of ["ca.crt", tlsConfig.serverName]) assert.ok(wanted.includes(`\`${word}\``), word);
    }
  });
}

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
