/** A real Chromium for tests: found, or fetched from Debian's packages, as the servers are; and what keeps somebody from using a page in it. */

import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { obtainProgram, type ProgramKind } from "../../services/cli/local/programs.ts";

const CHROMIUM: ProgramKind = {
  name: "chromium",
  variable: "CHROMIUM_BIN",
  versionArgs: ["--version"],
  readVersion: (output) => /Chromium (\d+\.\d+)/.exec(output)?.[1] ?? "",
  isGoodEnough: (version) => Number.parseInt(version, 10) >= 123,
  wanted: "123 or later",
  script: "get-chromium.sh",
  otherRemedy: "or leave out the tests that need it",
};

export const obtainBrowser = () => obtainProgram(CHROMIUM, readEnvironment());

export async function openBrowser(): Promise<Browser & AsyncDisposable> {
  const { path } = await obtainBrowser();
  return chromium.launch({ executablePath: path, args: ["--no-sandbox", "--disable-gpu"] });
}

export interface Watched {
  readonly page: Page;
  /** What went wrong on the page: errors of its scripts, and what its policy kept out. */
  readonly troubles: readonly string[];
  /** Hosts that it asked. */
  readonly hosts: ReadonlySet<string>;
}

/** A page that remembers what should not have happened on it. */
export async function openPage(
  browser: Browser,
  options: Parameters<Browser["newPage"]>[0] = {},
): Promise<Watched> {
  const page = await browser.newPage({ locale: "en-GB", ...options });
  const troubles: string[] = [];
  const hosts = new Set<string>();
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (message) => {
    // That an answer was a refusal the page tells itself.
    const isRefusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isRefusal) troubles.push(message.text());
  });
  page.on("request", (request) => {
    const { host, protocol } = new URL(request.url());
    if (protocol !== "blob:" && protocol !== "data:") hosts.add(host);
  });
  return { page, troubles, hosts };
}

/** What axe finds that keeps somebody from using a page. */
export async function barriers(page: Page): Promise<string[]> {
  // The page's own policy lets in no script of others; this way in is the browser's.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    interface Found {
      passes: unknown[];
      violations: { id: string; impact: string; nodes: { html: string }[] }[];
    }
    const { axe: engine } = globalThis as unknown as { axe: { run(): Promise<Found> } };
    const { violations, passes } = await engine.run();
    if (passes.length < 10) return ["axe looked at nothing"];
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
  });
}
