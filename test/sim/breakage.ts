/** The simulator under test: a copy of the program is broken on purpose, in one place at a time, and must be found out. */

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";
import type { Invariant, Violation } from "./oracle.ts";

/** A copy of the compiled program, for as long as `use` takes. */
export async function withCopy<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "logburst-mutant-"));
  try {
    cpSync(join(PACKAGE_ROOT, "dist"), join(folder, "dist"), { recursive: true });
    cpSync(join(PACKAGE_ROOT, "package.json"), join(folder, "package.json"));
    symlinkSync(join(PACKAGE_ROOT, "node_modules"), join(folder, "node_modules"));
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the mutations whose text no longer stands once in the compiled code: they would break nothing */
export function outdatedMutations(): string[] {
  return MUTATIONS.filter(
    ({ file, find }) => readFileSync(join(PACKAGE_ROOT, "dist", file), "utf8").split(find).length !== 2,
  ).map(({ name, file }) => `${name} (${file})`);
}

/** Plays up to `seeds` histories with the copy broken, and mends it again. @returns the first invariant that was seen broken */
export function tryMutation(
  folder: string,
  { file, find, replace }: Mutation,
  seeds: number,
): { seen: Invariant | undefined; histories: number } {
  const path = join(folder, "dist", file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace(find, replace));
  try {
    const program = join(folder, "dist", "test", "sim", "main.js");
    const args = [program, "--until-violation", "--seeds", String(seeds)];
    const said = execFileSync(process.execPath, args, { encoding: "utf8" });
    const { histories, violation } = JSON.parse(said) as { histories: number; violation: Violation | null };
    return { seen: violation?.invariant, histories };
  } finally {
    writeFileSync(path, text);
  }
}
