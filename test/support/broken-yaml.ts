/** Configs as YAML text with one part changed, and a mark (▸) where the problem is expected to be shown. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem, type Problem } from "../../libs/protocol/config/problems.ts";
import { type Override, readConfig } from "../../libs/protocol/config/read.ts";

/** The parts of a config that a case may change; each is a block of lines. */
export interface Parts {
  readonly head?: string;
  readonly target?: string;
  readonly workload?: string;
  /** More keys of the only query. */
  readonly query?: string;
  /** More keys of the spec, before its queries. */
  readonly spec?: string;
  /** In place of all queries. */
  readonly queries?: string;
}

const MARK = "▸";

const indent = (block: string, by: number) =>
  block
    .split("\n")
    .map((line) => (line === "" ? line : " ".repeat(by) + line))
    .join("\n");

/** A config, valid but for what the parts break. */
export function yamlOf(parts: Parts): string {
  const {
    head = "apiVersion: benchmark.victorialogs.io/v1\nkind: BenchmarkConfig\nmetadata:\n  name: test",
    target = "url: http://localhost:9428",
    workload = "total_concurrent_users: 10\nduration: 60",
    query = "",
    spec = "",
    queries = `queries:\n  - name: all\n    template: "{{ host | raw }}"\n    variables: {host: {list: [a, b]}}\n${indent(query, 4)}`,
  } = parts;
  return `${head}\nspec:\n  target:\n${indent(target, 4)}\n  workload:\n${indent(workload, 4)}\n${indent(spec, 2)}\n${indent(queries, 2)}\n`;
}

/** Where the mark stands, from 1 on, as editors count; and the text without it. */
function unmark(marked: string): { text: string; line: number; column: number } {
  const offset = marked.indexOf(MARK);
  assert.ok(offset >= 0, "the case has no mark");
  const before = marked.slice(0, offset).split("\n");
  const column = (before.at(-1) as string).length + 1;
  return { text: marked.replace(MARK, ""), line: before.length, column };
}

/** The problems of a text; there must be some. */
export function problemsOf(text: string, overrides: readonly Override[] = []): Problem[] {
  const read = readConfig(text, overrides);
  assert.ok(!read.ok, "the config was accepted");
  return read.problems;
}

/** All that a user is shown of problems. */
export function shownText(problems: readonly Problem[]): string {
  return problems.map((problem) => formatProblem(problem, "config.yaml")).join("\n");
}

/** Name; the config with a mark where the problem is to be shown; path; words of the message; words of the remedy. */
export type Case = readonly [name: string, parts: Parts, path: string, message: RegExp, remedy: RegExp];

/**
 * A test for each case: exactly one problem at the path, at the marked place. Without a mark something is missing, which
 * has no place of its own: the workload that should hold it is shown.
 */
export function testCases(cases: readonly Case[]): void {
  for (const [name, parts, path, message, remedy] of cases) {
    test(`a config is refused, and the place shown: ${name}`, () => {
      const marked = yamlOf(parts);
      const { text, line, column } = unmark(
        marked.includes(MARK) ? marked : marked.replace("workload:", `${MARK}$&`),
      );
      const [problem, ...more] = problemsOf(text).filter((found) => found.path === path);
      assert.ok(problem, `no problem at ${path}`);
      assert.equal(more.length, 0);
      assert.deepEqual([problem.line, problem.column], [line, column]);
      assert.match(problem.message, message);
      assert.match(problem.remedy, remedy);
    });
  }
}
