/** The panel in a real browser, on a real run: what it shows is what the API says, what it does is done, and nothing leaks. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { Report } from "../../libs/protocol/report.ts";
import { RunRecord } from "../../libs/protocol/run.ts";
import { LiveTimeline } from "../../libs/protocol/timeline.ts";
import { count, rate } from "../../libs/report/words.ts";
import { barriers, openBrowser, openPage } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";
import { listenTo } from "../support/sse.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const PLANTED = "<img src=x onerror=alert(1)>";
const QUERIES = [
  { name: `count ${PLANTED}`, category: "stats", template: "* | stats count() lines", weight: 3 },
  { name: "broken", category: "bad", template: `_time:[ ${PLANTED}` },
];

let target: TargetServer;
let system: System;
let browser: Browser;
/** A run that begins while another one's pages are looked at. */
let goingOn: Promise<{ readonly id: string }>;

before(async () => {
  [target, system, browser] = await Promise.all([
    startTarget(1000),
    startSystem({ workers: 2, servicesMayDie: true }),
    openBrowser(),
  ]);
});
after(async () => {
  await browser?.close();
  await system?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
});

async function api<T>(path: string, schema: { parse(value: unknown): T }): Promise<T> {
  const response = await fetch(`${system.stack.apiUrl}/api/v1${path}`);
  assert.ok(response.ok, `${path}: ${response.status}`);
  return schema.parse(await response.json());
}

const submit = (workload: object) =>
  system.client.submit(JSON.stringify(benchmark(target.url, { workload, queries: QUERIES })));

const tile = (page: Page, id: string) => page.locator(`[data-tile="${id}"] dd`).first().innerText();

test("a run is watched from its list to its report: changed, stopped, and every number is the API's", async () => {
  const { page, troubles, hosts } = await openPage(browser);
  const { id } = await submit({ model: "open", target_qps: 40, duration: 120 });

  await page.goto(system.stack.apiUrl);
  await page.locator(`tr:has-text("${id}") [data-phase="running"]`).waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.locator(`tr:has-text("${id}") a`).click();
  await page.locator('[data-chart="rate"] canvas').waitFor();
  await page.locator('[data-ledger="failed"]').waitFor();
  assert.match(await tile(page, "workers"), /^[12]$/);
  assert.deepEqual(await barriers(page), []);

  await page.click('[data-action="change"]');
  await page.fill('dialog input[name="load"]', "60");
  await page.click('dialog button[type="submit"]');
  await page.locator('#events tr:has-text("changed")').waitFor();
  const changed = await api(`/runs/${id}`, RunRecord);
  assert.equal(changed.changes.at(-1)?.kind === "change" && changed.changes.at(-1), changed.changes[0]);
  assert.equal(changed.changes[0]?.kind === "change" && changed.changes[0].load, 60);

  system.stack.workers()[1]?.signal("SIGKILL");
  await page.locator('#events tr:has-text("worker lost")').waitFor();

  for await (const { event, data } of listenTo(`${system.stack.apiUrl}/api/v1/runs/${id}/stream`)) {
    assert.equal(event, "timeline", "who comes later is told first what was before");
    const { points, queries, fleet } = LiveTimeline.parse(data);
    assert.equal(points[0]?.second, 0);
    assert.deepEqual(
      queries.map(({ query, points: own }) => [query, own[0]?.second]),
      QUERIES.map(({ name }) => [name, 0]),
    );
    assert.ok((fleet[0]?.second ?? 99) < 4, "the workers of the beginning");
    break;
  }

  await page.fill('textarea[name="note"]', `seen ${PLANTED}`);
  await page.click('.writing button[type="submit"]');
  await page.locator(`.notes li:has-text("seen")`).waitFor();

  await page.click('[data-action="stop"]');
  await page.fill('dialog input[name="reason"]', "enough");
  await page.click('dialog button[type="submit"]');
  await page.locator(".title [data-verdict]").waitFor();
  await page.getByRole("button", { name: /^Report/ }).waitFor();

  const report = await api(`/runs/${id}/report?format=json`, Report);
  for (const state of ["planned", "ok", "failed", "timed_out", "missed", "lost", "cancelled"] as const) {
    const shown = await page.locator(`[data-ledger="${state}"]`).innerText();
    assert.match(shown, new RegExp(`(^|\\D)${count(report.ledger[state])}(\\D|$)`), state);
  }
  assert.equal(await tile(page, "sent"), rate(report.totals.completed_per_s));
  assert.equal(await tile(page, "ok"), rate(report.totals.ok_per_s));
  assert.equal(await tile(page, "workers"), String(report.nodes.length));
  assert.equal(await page.locator(".title [data-verdict]").getAttribute("data-verdict"), report.verdict);
  for (const query of report.queries) {
    const cells = await page
      .locator("#queries tbody tr", { hasText: query.name })
      .locator("td")
      .allInnerTexts();
    const { planned, ok, failed } = query.ledger;
    assert.deepEqual(cells.slice(0, 3), [planned, ok, failed].map(count));
  }
  const failures = await page.locator("#errors tbody tr").count();
  assert.equal(failures, report.errors.length);
  assert.ok(failures > 0);

  await page.locator("#queries tbody a", { hasText: "count" }).click();
  await page.locator("#errors .empty").waitFor();
  await page.reload();
  for (const chart of ["query-rate", "query-response", "query-heat", "flight", "queue"])
    await page.locator(`[data-chart="${chart}"] canvas`).waitFor();
  assert.deepEqual(await barriers(page), []);
  assert.equal(await page.locator("img").count(), 0, "what was planted is text");
  assert.deepEqual(troubles, []);
  assert.deepEqual([...hosts], [new URL(system.stack.apiUrl).host]);
  await page.close();
});

const SCENARIO = {
  apiVersion: "benchmark.victorialogs.io/v1",
  kind: "Scenario",
  metadata: { name: "few" },
  spec: { description: PLANTED, parameters: { queries: { path: "workload.total_queries", default: 20 } } },
};

test("a run is written, mended at the line that the page marks, started, and compared with another; a scenario is kept", async () => {
  const { page, troubles } = await openPage(browser);
  const workload = { model: "count", total_queries: 20, total_concurrent_users: 2 };
  const config = benchmark(target.url, { workload, queries: QUERIES });
  const text = JSON.stringify(config, null, 2);
  await page.goto(`${system.stack.apiUrl}/#/new`);
  await page.fill('textarea[name="config"]', text.replace('"total_queries": 20', '"total_queries": -20'));
  const line = text.split("\n").findIndex((each) => each.includes("total_queries")) + 1;
  await page.locator(`.editor .wrong[data-line="${line}"]`).waitFor();
  assert.ok(await page.getByRole("button", { name: "Start the run" }).isDisabled());
  assert.deepEqual(await barriers(page), []);
  await page.getByRole("button", { name: "Form" }).click();
  await page.getByLabel("name", { exact: true }).first().fill("from-a-form");
  await page
    .locator('textarea[name="config"]')
    .evaluate((area: { value: string }) => area.value.includes("from-a-form"));
  assert.deepEqual(await barriers(page), []);
  await page.fill('textarea[name="config"]', text);
  await page.getByRole("button", { name: "Start the run" }).click();
  await page.locator(".title [data-verdict]").waitFor();

  await page.goto(`${system.stack.apiUrl}/#/runs`);
  const boxes = page.locator('table.runs input[type="checkbox"]:enabled');
  await boxes.nth(1).check();
  await boxes.nth(0).check();
  await page.getByRole("link", { name: "Compare 2 runs" }).click();
  await page.locator("[data-comparison] tbody tr").first().waitFor();
  assert.deepEqual(await barriers(page), []);

  await page.goto(`${system.stack.apiUrl}/#/library`);
  const scenario = { ...SCENARIO, spec: { ...SCENARIO.spec, config } };
  await page.fill('textarea[name="config"]', JSON.stringify(scenario));
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "few" }).click();
  await page.getByRole("button", { name: "Run it" }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.goto(`${system.stack.apiUrl}/#/approvals`);
  await page.locator(".empty").waitFor();
  await page.goto(`${system.stack.apiUrl}/#/nodes`);
  await page.getByText("looks into no cluster").waitFor();
  assert.equal(await page.locator("img").count(), 0, "what was planted is text");
  assert.deepEqual(troubles, []);
  await page.close();
});

test("the report of a run is one file: read without a script, alive with one, and its numbers are the run's", async () => {
  const { runs } = await system.client.ask("run.list", { phase: "stopped" });
  const address = `${system.stack.apiUrl}/api/v1/runs/${runs[0]?.id}/report`;
  const report = Report.parse(await (await fetch(`${address}?format=json`)).json());
  for (const javaScriptEnabled of [false, true]) {
    const { page, troubles, hosts } = await openPage(browser, { javaScriptEnabled, colorScheme: "dark" });
    await page.goto(`${address}?format=html`);
    const cells = await page.locator("#queries tbody td").allInnerTexts();
    assert.equal(cells[0], count(report.queries[0]?.ledger.planned ?? -1));
    assert.equal(
      await page.locator('[data-chart="rate"] .still svg[role="img"]').isVisible(),
      !javaScriptEnabled,
    );
    if (javaScriptEnabled) {
      await page.locator('[data-chart="rate"] canvas').waitFor();
      assert.deepEqual(await barriers(page), []);
      await page.getByLabel("Language").selectOption("zh");
      await page.getByRole("heading", { name: "服务时间分布" }).waitFor();
    }
    assert.equal(await page.locator("img").count(), 0, "what was planted is text");
    assert.deepEqual(troubles, []);
    assert.deepEqual([...hosts], [new URL(system.stack.apiUrl).host]);
    await page.close();
  }
});

test("whoever looks sees the page in their language and colours, and it is still theirs when they come back", async () => {
  goingOn = submit({ model: "open", target_qps: 20, duration: 300 });
  const { page, troubles } = await openPage(browser, { viewport: { width: 375, height: 700 } });
  await page.goto(system.stack.apiUrl);
  await page.locator("table.runs a").first().click();
  await page.locator("#ledger").waitFor();
  await page.getByLabel("Colours").selectOption("dark");
  await page.getByLabel("Language").selectOption("zh");
  await page.getByRole("heading", { name: "账目" }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.reload();
  await page.getByRole("heading", { name: "账目" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
  assert.ok(wide <= 0, "a phone shows the page without scrolling sideways");
  assert.deepEqual(troubles, []);
  await page.close();
});

test("a page whose coordinator dies says so, and goes on by itself when another one has its place", async () => {
  const { page } = await openPage(browser);
  const { id } = await goingOn;
  await page.goto(`${system.stack.apiUrl}/#/runs/${id}`);
  await page.locator('[data-chart="rate"] canvas').waitFor();
  const { port } = new URL(system.stack.apiUrl);
  system.stack.children.find(({ name }) => name === "coordinator")?.signal("SIGKILL");
  await page.locator(".link-state.waiting").waitFor();
  await system.stack.start("coordinator", "second", { LOGBURST_HTTP_PORT: port }).ready;
  await page.locator(".link-state.open").waitFor();
  await page.locator('#events tr:has-text("took over")').waitFor();
  const accepted = await page.locator('#events tr:has-text("accepted")').count();
  assert.equal(accepted, 1, "no event is told twice");
  const before = await page.locator('[data-ledger="ok"]').innerText();
  await eventually(
    "the figures go on",
    async () => (await page.locator('[data-ledger="ok"]').innerText()) !== before,
  );
  await page.close();
});
