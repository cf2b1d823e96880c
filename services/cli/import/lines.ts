/** A file's lines, one after the other, whatever its size: with bounds on the file and on each line. */

import { createReadStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";

/** A day of an access log of a busy proxy; more would take minutes to read. */
const MAX_BYTES = 2 ** 30;
/** The longest query has 16 KB, and three bytes for each of its characters in a URL. */
export const MAX_LINE_CHARS = 64 * 1024;

export interface Line {
  readonly number: number;
  /** Nothing where it is too long. */
  readonly text: string | undefined;
}

/** @param file `-` is what comes in; a name that ends with .gz is unpacked. @throws LogburstError `bad_request` */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  try {
    yield* cut(sourceOf(file));
  } catch (cause) {
    throw new LogburstError("bad_request", `${file} cannot be read: ${messageOf(cause)}`, {
      remedies: ["name a log file of a gigabyte at most, or - for what comes in"],
      cause,
    });
  }
}

function sourceOf(file: string): Readable {
  if (file === "-") return process.stdin;
  const bytes = createReadStream(file);
  if (statSync(file).size > MAX_BYTES) throw new Error("it is too large");
  if (!file.endsWith(".gz")) return bytes;
  const unpacked = createGunzip();
  bytes.on("error", (error) => unpacked.destroy(error));
  return bytes.pipe(unpacked);
}

/** Cuts text into lines. What is too long is not gathered. */
export async function* cut(source: Readable): AsyncGenerator<Line> {
  let bytes = 0;
  let number = 1;
  let begun = "";
  let isTooLong = false;
  const line = (rest: string): Line => {
    const text = begun + rest;
    const whole = { number, text: isTooLong || text.length > MAX_LINE_CHARS ? undefined : text };
    number++;
    begun = "";
    isTooLong = false;
    return whole;
  };
  source.setEncoding("utf8");
  for await (const part of source as AsyncIterable<string>) {
    bytes += Buffer.byteLength(part);
    if (bytes > MAX_BYTES) throw new Error("it is too large");
    let from = 0;
    for (let end = part.indexOf("\n"); end >= 0; end = part.indexOf("\n", from)) {
      yield line(part.slice(from, end));
      from = end + 1;
    }
    if (begun.length > MAX_LINE_CHARS) isTooLong = true;
    begun = isTooLong ? "" : begun + part.slice(from);
    if (from < part.length && begun === "") isTooLong = true;
  }
  if (begun !== "" || isTooLong) yield line("");
}
