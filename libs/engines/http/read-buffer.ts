/**
 * The memory that all connections read into, and a count of the lines in it at the speed of that memory: it is WebAssembly's,
 * so that a loop of a few instructions can look at sixteen bytes at a time right where a socket has put them.
 */

/** WebAssembly as far as it is used here; the types of Node 20 leave it out. */
interface WebAssemblyParts {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: object };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly count: (from: number, past: number) => number;
}

const NEWLINE = 10;
const PAGES = 4;
const PAGE_BYTES = 64 * 1024;

/** Instructions and types by their names in the WebAssembly text format. */
const I32 = 0x7f;
const V128 = 0x7b;
const NOTHING = 0x40;
const BLOCK = [0x02, NOTHING];
const LOOP = [0x03, NOTHING];
const END = 0x0b;
const CONTINUE = [0x0c, 0];
const LEAVE_IF = [0x0d, 1];
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const constant = (value: number) => [0x41, value];
const [ADD, EQUALS, GREATER, NOT_LESS, ONES] = [0x6a, 0x46, 0x4b, 0x4f, 0x69] as const;
const LOAD_BYTE = [0x2d, 0, 0];
const LOAD_16 = [0xfd, 0x00, 0, 0];
const SPREAD_16 = [0xfd, 0x0f];
const EQUALS_16 = [0xfd, 0x23];
const FIRST_BITS_16 = [0xfd, 0x64];

/** Parameters and locals of the loop. */
const [AT, PAST, FOUND, WANTED] = [0, 1, 2, 3] as const;

const COUNT_LINES = [
  [2, 1, I32, 1, V128],
  [...constant(NEWLINE), ...SPREAD_16, ...set(WANTED)],
  // Sixteen bytes at a time.
  [...BLOCK, ...LOOP, ...get(AT), ...constant(16), ADD, ...get(PAST), GREATER, ...LEAVE_IF],
  [...get(FOUND), ...get(AT), ...LOAD_16, ...get(WANTED), ...EQUALS_16, ...FIRST_BITS_16, ONES, ADD],
  [...set(FOUND), ...get(AT), ...constant(16), ADD, ...set(AT), ...CONTINUE, END, END],
  // The rest by the byte.
  [...BLOCK, ...LOOP, ...get(AT), ...get(PAST), NOT_LESS, ...LEAVE_IF],
  [...get(FOUND), ...get(AT), ...LOAD_BYTE, ...constant(NEWLINE), EQUALS, ADD, ...set(FOUND)],
  [...get(AT), ...constant(1), ADD, ...set(AT), ...CONTINUE, END, END],
  [...get(FOUND), END],
].flat();

const section = (id: number, ...content: number[]) => [id, content.length, ...content];
const name = (text: string) => [text.length, ...Buffer.from(text)];

const MODULE = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, 1, 0x60, 2, I32, I32, 1, I32),
  ...section(3, 1, 0),
  ...section(5, 1, 0, PAGES),
  ...section(7, 2, ...name("memory"), 2, 0, ...name("count"), 0, 0),
  ...section(10, 1, COUNT_LINES.length, ...COUNT_LINES),
]);

/** Undefined on a machine that cannot look at sixteen bytes at a time, or has no room for such memory. */
function instantiate(): Exports | undefined {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyParts }).WebAssembly;
  try {
    return new Instance(new Module(MODULE)).exports as Exports;
  } catch {
    return undefined;
  }
}

const fast = instantiate();

/** A read is looked at to its end before the next one begins, so one buffer does for all connections. */
export const READ_BUFFER = fast
  ? Buffer.from(fast.memory.buffer)
  : Buffer.allocUnsafeSlow(PAGES * PAGE_BYTES);

/** How many line ends stand in a stretch of bytes. */
export function countLineEnds(bytes: Buffer, from: number, past: number): number {
  return fast && bytes === READ_BUFFER ? fast.count(from, past) : countByIndex(bytes, from, past);
}

/** The same in any bytes, a line at a time: also what the fast way is held against. */
export function countByIndex(bytes: Buffer, from: number, past: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, from); at >= 0 && at < past; at = bytes.indexOf(NEWLINE, at + 1))
    count++;
  return count;
}
