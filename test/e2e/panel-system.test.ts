/** The panel's pages about the whole system, in a real browser, as people with tokens see them: approvals, series, Pods, settings, the kill switch. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "nats";
import type { Browser, Page } from "playwright-core";
import { namesFor } from "../../libs/protocol/names.ts";
import { seriesKey } from "../../libs/protocol/series.ts";
import { SETTINGS_KEY } from "../../libs/protocol/settings.ts";
import { barriers, openBrowser, openPage } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { exampleSearch } from "../support/example-search.ts";
import { type Kubernetes, startKubernetes } from "../support/kubernetes/api.ts";
import { fillWithPods } from "../support/kubernetes/pods.ts";
import { benchmark } from "../support/system.ts";
import { type Person, startTeam, type Team, tokenOf } from "../support/team.ts";

const PLANTED = "<img src=x onerror=alert(1)>";
const QUERIES = [{ name: "count", template: "* | stats count() lines" }];
const SMALL = { model: "count", total_queries: 10, total_concurrent_users: 2 };
/** Whoever comes through somebody is not on the coordinator's own machine, and so needs a token. */
const FROM_AFAR = { "x-forwarded-for": "192.0.2.7" };

let kubernetes: Kubernetes;
let team: Team;
let browser: Browser;
/** Repeats that go on while other pages are looked at. */
let repeats: string;

before(async () => {
  kubernetes = await startKubernetes();
  fillWithPods(kubernetes);
  [team, browser] = await Promise.all([
    startTeam({ KUBECONFIG: kubernetes.kubeconfig, LOGBURST_KUBERNETES: "on" }),
    openBrowser(),
  ]);
  const config = benchmark(team.targetUrl, { workload: SMALL, queries: QUERIES, repeat: 2 });
  repeats = (await team.ask("POST", "/runs", config)).json.series;
  await plant();
});
after(async () => {
  await browser?.close();
  await team?.[Symbol.asyncDispose]();
  await kubernetes?.[Symbol.asyncDispose]();
});

/** A search of another day, and settings that somebody wrote by hand. */
async function plant(): Promise<void> {
  const nats = await connect({ servers: team.natsUrl.replace("nats://", "") });
  const { buckets } = namesFor();
  const bucketOf = (name: string) => nats.jetstream().views.kv(name);
  const search = { ...exampleSearch, name: `checkout ${PLANTED}` };
  await (await bucketOf(buckets.runs)).put(seriesKey(search.id), JSON.stringify(search));
  const settings = {
    apiVersion: "benchmark.victorialogs.io/v1",
    kind: "ServiceSettings",
    spec: { slots: PLANTED },
  };
  await (await bucketOf(buckets.settings)).put(SETTINGS_KEY, JSON.stringify(settings));
  await nats.close();
}

interface Desk {
  readonly page: Page;
  readonly troubles: readonly string[];
}

/** The pages at which people have said who they are. */
const desks = new Map<Person, Desk>();

async function deskOf(person: Person): Promise<Desk> {
  const { page, troubles } = await openPage(browser, { extraHTTPHeaders: FROM_AFAR });
  await page.goto(team.apiUrl);
  await page.fill('input[name="token"]', tokenOf(person));
  await page.click('button[type="submit"]');
  return { page, troubles };
}

async function pageOf(person: Person, hash: string): Promise<Page> {
  const desk = desks.get(person) ?? (await deskOf(person));
  desks.set(person, desk);
  await desk.page.goto(`${team.apiUrl}/#${hash}`);
  return desk.page;
}

/** Nothing keeps anybody from the page: in light and English on a desk, in dark and Chinese on a phone. */
async function isOpenToAll(page: Page): Promise<void> {
  assert.deepEqual(await barriers(page), []);
  await page.getByLabel("Colours").selectOption("dark");
  await page.getByLabel("Language").selectOption("zh");
  const size = page.viewportSize();
  await page.setViewportSize({ width: 375, height: 700 });
  assert.deepEqual(await barriers(page), []);
  const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
  assert.ok(wide <= 0, "a phone shows the page without scrolling sideways");
  assert.equal(await page.locator("img").count(), 0, "what was planted is text");
  if (size) await page.setViewportSize(size);
  await page.getByLabel("语言").selectOption("en");
  await page.getByLabel("Colours").selectOption("light");
}

/** Runs on the target of production, which wait. */
async function waiting(person: Person): Promise<string> {
  const config = benchmark(team.production.url, { workload: SMALL, queries: QUERIES });
  const { id } = (await team.ask("POST", "/runs", config, person)).json;
  await eventually("it waits", async () => (await team.runNow(id)).phase === "awaiting_approval");
  return id;
}

test("a run on production waits for another's word in the panel: roles refuse who may not give it, and it begins or never does", async () => {
  const [good, bad, own] = await Promise.all([waiting("olga"), waiting("olga"), waiting("anna")]);
  const button = (page: Page, id: string, action: string) =>
    page.locator(`[data-run="${id}"] [data-action="${action}"]`);

  for (const person of ["vera", "olga"] as const) {
    const page = await pageOf(person, "/approvals");
    for (const action of ["approve", "reject"]) {
      assert.ok(await button(page, good, action).isDisabled(), `${person} may not ${action}`);
      assert.match((await button(page, good, action).getAttribute("title")) ?? "", /approver/);
    }
    assert.equal(await button(page, good, "stop").isDisabled(), person === "vera");
  }

  const page = await pageOf("anna", "/approvals");
  await page.locator(`[data-run="${good}"] .why:has-text("is of production")`).waitFor();
  await button(page, own, "approve").click();
  await page.click('dialog button[type="submit"]');
  await page.locator(`[data-run="${own}"] [role="alert"]:has-text("cannot approve it")`).waitFor();
  await isOpenToAll(page);
  await button(page, good, "approve").click();
  await page.click('dialog button[type="submit"]');
  await button(page, bad, "reject").click();
  await page.click('dialog button[type="submit"]');
  assert.equal((await team.runNow(bad)).phase, "awaiting_approval", "without a reason nothing is rejected");
  await page.fill('dialog input[name="reason"]', "not today");
  await page.click('dialog button[type="submit"]');
  for (const id of [good, bad]) await page.locator(`[data-run="${id}"]`).waitFor({ state: "detached" });

  const approved = await team.endOfRun(good);
  assert.deepEqual([approved.phase, approved.approval?.by], ["completed", "anna"]);
  const rejected = await team.endOfRun(bad);
  assert.deepEqual([rejected.phase, rejected.failure], ["failed", "anna did not approve it: not today"]);
  assert.equal((await team.runNow(own)).phase, "awaiting_approval");
  assert.equal(team.production.seen.length, SMALL.total_queries, "nothing but the approved run asked it");
});

test("a search shows its curve and what it found, repeats how far they scatter", async () => {
  await eventually("the end of the repeats", async () => {
    return (await team.ask("GET", `/series/${repeats}`)).json.phase === "completed";
  });
  const page = await pageOf("vera", "/series");
  await page.locator(`#series tr:has-text("${repeats}")`).waitFor();
  await page.locator("#executions").waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.getByRole("link", { name: `checkout ${PLANTED}` }).click();
  await page.locator("#capacity svg.curve").waitFor();
  await page.getByText("hold up to 40").waitFor();
  const runs = await page.locator("#capacity tbody a").allInnerTexts();
  assert.deepEqual(runs.toSorted(), exampleSearch.steps.map(({ run_id: id }) => id).toSorted());
  await isOpenToAll(page);
  await pageOf("vera", `/series/${repeats}`);
  await page.locator("#spread td").first().waitFor();
  assert.equal(await page.locator("#steps tbody tr").count(), 2);
});

test("workers stand beside the cluster's Pods, with why one does not run, its events and what it said before it died", async () => {
  const page = await pageOf("vera", "/nodes");
  await page.locator('#workers tr:has-text("worker-1")').waitFor();
  await page.locator('#pods tr:has-text("worker-c"):has-text("Unschedulable"):has-text("0/3")').waitFor();
  await page.getByRole("button", { name: "Look at worker-b" }).click();
  await page.locator('#pod tr:has-text("BackOff")').waitFor();
  await page.locator('#pod .log:has-text("three")').waitFor();
  await page.getByLabel("before the last restart").check();
  await page.locator('#pod .log:has-text("heap out of memory")').waitFor();
  await isOpenToAll(page);
});

test("settings are shown as they are in force, with what was refused and why", async () => {
  const { in_force: state } = (await team.ask("GET", "/settings")).json;
  const page = await pageOf("vera", "/settings");
  await page.locator("#in-force td").first().waitFor();
  const facts = await page.locator("#in-force dd").allInnerTexts();
  assert.deepEqual(facts.slice(0, 3), [state.node, String(state.version), state.hash]);
  assert.equal(await page.locator("#in-force tbody tr").count(), Object.keys(state.settings).length);
  await page.locator('#refused li:has-text("spec.slots")').waitFor();
  await isOpenToAll(page);
});

test("whoever sets the kill switch says why; every page tells it until somebody clears it who may", async () => {
  const seer = await pageOf("vera", "/library");
  const setter = await pageOf("olga", "/kill");
  await setter.locator('[data-kill="clear"]').waitFor();
  await setter.getByRole("button", { name: "End all load" }).click();
  await setter.fill('dialog input[name="reason"]', `too hot ${PLANTED}`);
  await setter.click('dialog button[type="submit"]');
  await setter.locator('[data-kill="set"]').waitFor();
  assert.ok(await setter.getByRole("button", { name: "Clear" }).isDisabled(), "that needs an approver");
  await seer.locator('.alarm:has-text("too hot"):has-text("olga")').waitFor();

  const clearer = await pageOf("anna", "/kill");
  await clearer.locator('[data-kill="set"]').waitFor();
  await isOpenToAll(clearer);
  await clearer.getByRole("button", { name: "Clear" }).click();
  await clearer.click('dialog button[type="submit"]');
  await clearer.locator('[data-kill="clear"]').waitFor();
  assert.equal(await clearer.locator(".alarm").count(), 0);
  assert.equal((await team.ask("GET", "/kill")).json.set, false);
});

test("nothing went wrong on any of these pages", () => {
  assert.deepEqual([...desks.keys()].toSorted(), ["anna", "olga", "vera"]);
  for (const [person, { troubles }] of desks) assert.deepEqual(troubles, [], person);
});
