/** The report as JUnit XML, for CI systems: a test case for each threshold, and for what makes the figures worth believing. */

import type { Report } from "../protocol/report.ts";
import { type Check, checksOf } from "./checks.ts";

export function renderJunit(report: Report): string {
  const checks = checksOf(report);
  const failures = checks.filter(({ state }) => state === "failed").length;
  const skipped = checks.filter(({ state }) => state === "unknown").length;
  const seconds = (report.duration_ms / 1000).toFixed(3);
  const totals = `tests="${checks.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  const suite = `name="${escaped(report.name)}" ${totals} time="${seconds}" timestamp="${escaped(report.started_at)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="logburst" ${totals} time="${seconds}">`,
    `  <testsuite ${suite}>`,
    "    <properties>",
    ...propertiesOf(report).map(
      ([name, value]) => `      <property name="${name}" value="${escaped(value)}"/>`,
    ),
    "    </properties>",
    ...checks.flatMap((check) => caseOf(report, check)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function propertiesOf(report: Report): [string, string][] {
  return [
    ["run_id", report.run_id],
    ["verdict", report.verdict],
    ["phase", report.phase],
    ["seed", String(report.seed)],
    ["schedule_hash", report.schedule_hash],
  ];
}

function caseOf({ name }: Report, check: Check): string[] {
  const open = `    <testcase classname="${escaped(`${name}.${check.group}`)}" name="${escaped(check.name)}"`;
  if (check.state === "passed")
    return [`${open}>`, `      <system-out>${escaped(check.words)}</system-out>`, CASE_END];
  const element = check.state === "failed" ? "failure" : "skipped";
  return [`${open}>`, `      <${element} message="${escaped(check.words)}"/>`, CASE_END];
}

const CASE_END = "    </testcase>";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text as XML 1.0 may hold it: marks escaped, and characters that it forbids replaced. */
function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is to be found
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, "�")
      .replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? "")
      .replace(/\s/g, " ")
  );
}
