/** Answers of HTTP servers, good ones and broken ones, for properties: as bytes, and cut into pieces. */

import fc from "fast-check";

/** What a server sends, piece by piece, before it closes the connection. */
export interface PlayedAnswer {
  readonly pieces: readonly string[];
}

const LINE = "\r\n";

const anyStatus = fc.oneof(
  { weight: 3, arbitrary: fc.constant(200) },
  { weight: 1, arbitrary: fc.constantFrom(201, 206, 301, 400, 404, 429, 500, 503, 599, 600, 999, 99, 0) },
);
const anyVersion = fc.constantFrom("1.1", "1.1", "1.1", "1.0");

const goodHeaders = fc.constantFrom(
  "x-a: b",
  "X-Empty:",
  "x-spaces:  \t b c \t ",
  "x-latin1: \xe9\xff",
  "connection: close",
  "Connection: Keep-Alive",
  "connection: keep-alive, x-other",
  "connection: x-other , CLOSE",
  "keep-alive: timeout=5, max=100",
  "content-type: application/stream+json",
  `x-long: ${"l".repeat(3000)}`,
);
const badHeaders = fc.constantFrom(
  "no colon",
  " leading: space",
  "space : before colon",
  ": no name",
  "x-nul: \0",
  "x-bell: \x07",
  "x-delete: \x7f",
  "x-cr: a\rb",
  "n\xe4me: b",
  "(name): b",
);
const hugeHeaders = fc.constantFrom(`x-huge: ${"h".repeat(20_000)}`, "x-many: m\r\n".repeat(3000).trim());

const anyHeaders = fc.oneof(
  { weight: 24, arbitrary: fc.array(goodHeaders, { maxLength: 4 }) },
  { weight: 2, arbitrary: fc.tuple(goodHeaders, badHeaders).map((both) => both as string[]) },
  { weight: 1, arbitrary: hugeHeaders.map((header) => [header]) },
);

/** Informational answers ahead of the real one. */
const anyPrelude = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "HTTP/1.1 102 Processing\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n",
      "HTTP/1.1 103\r\n\r\nHTTP/1.1 103 Again\r\nx: y\r\n\r\n",
    ),
  },
);

const anyBody = fc
  .oneof(
    fc.constant(""),
    fc.array(fc.constantFrom('{"a":1}\n', '{"long":"xxxxxxxxxxxxxxxxxxxxxxxxx"}\n', "x", "\n", "\r\n"), {
      maxLength: 12,
    }),
  )
  .map((parts) => (typeof parts === "string" ? parts : parts.join("")));

/** A body with the headers that tell its length, in all ways. */
interface Framed {
  readonly headers: readonly string[];
  readonly payload: string;
}

const sized = anyBody.map(
  (body): Framed => ({
    headers: [`Content-Length: ${body.length}`],
    payload: body,
  }),
);
const oddlySized = fc
  .tuple(
    anyBody,
    fc.constantFrom("+5", "-1", "5 5", "5,5", "0x5", "99999999999999999999", "", "1e1", "00005", " 5", "5\t"),
  )
  .map(([body, length]): Framed => ({ headers: [`content-length: ${length}`], payload: body.padEnd(5) }));
const sizedWrong = fc
  .tuple(anyBody, fc.integer({ min: 0, max: 60 }))
  .map(([body, length]): Framed => ({ headers: [`content-length: ${length}`], payload: body }));
const sizedTwice = anyBody.map(
  (body): Framed => ({
    headers: [`content-length: ${body.length}`, `content-length: ${body.length}`],
    payload: body,
  }),
);
const untilClose = anyBody.map((body): Framed => ({ headers: [], payload: body }));

const anyExtension = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        ";a",
        ";a=b",
        ';a="b c"',
        ";",
        ";a=",
        ';a="b\\"c"',
        ";a b",
        "; a",
        ";a;b=c",
        ";a=b c",
        " ;a",
        ';a="b',
      ],
    ),
  },
);
const anyTrailers = fc.constantFrom("", "", "", "x-sum: 1\r\n", "x-sum: 1\r\nx-b: c\r\n", "bad\r\n");
const anyCoding = fc.constantFrom(
  "chunked",
  "chunked",
  "chunked",
  "CHUNKED",
  "gzip, chunked",
  "identity",
  "chunked, gzip",
);

const chunked = fc
  .tuple(fc.array(fc.tuple(anyBody, anyExtension), { maxLength: 5 }), anyTrailers, anyCoding, fc.boolean())
  .map(([chunks, trailers, coding, isUpper]): Framed => {
    const hex = (value: number) => (isUpper ? value.toString(16).toUpperCase() : value.toString(16));
    const parts = chunks
      .filter(([body]) => body !== "")
      .map(([body, extension]) => `${hex(body.length)}${extension}${LINE}${body}${LINE}`);
    return {
      headers: [`transfer-encoding: ${coding}`],
      payload: `${parts.join("")}0${LINE}${trailers}${LINE}`,
    };
  });
const badlyChunked = fc
  .constantFrom(
    "5\r\nabcde0\r\n\r\n",
    "5 \r\nabcde\r\n0\r\n\r\n",
    "\r\n",
    "g\r\n",
    "-1\r\n",
    "fffffffffffffffffff\r\na",
    "5\nabcde\n0\n\n",
    "5\r\nabcdefgh\r\n0\r\n\r\n",
  )
  .map((payload): Framed => ({ headers: ["transfer-encoding: chunked"], payload }));
const both = fc
  .tuple(sized, chunked)
  .map(([a, b]): Framed => ({ headers: [...a.headers, ...b.headers], payload: b.payload }));

const anyFramed = fc.oneof(
  { weight: 8, arbitrary: sized },
  { weight: 10, arbitrary: chunked },
  { weight: 4, arbitrary: untilClose },
  { weight: 1, arbitrary: oddlySized },
  { weight: 1, arbitrary: sizedWrong },
  { weight: 1, arbitrary: sizedTwice },
  { weight: 1, arbitrary: badlyChunked },
  { weight: 1, arbitrary: both },
);

const anyText = fc
  .tuple(
    anyPrelude,
    anyVersion,
    anyStatus,
    fc.constantFrom(" OK", " Not so good", " ", ""),
    anyHeaders,
    anyFramed,
  )
  .map(([prelude, version, status, reason, headers, { headers: framing, payload }]) => {
    const head = [`HTTP/${version} ${status}${reason}`, ...headers, ...framing].join(LINE);
    return `${prelude}${head}${LINE}${LINE}${payload}`;
  });

/** What may befall the bytes on the way. */
type Damage = (text: string, at: number, byte: string) => string;
const damages: readonly Damage[] = [
  ...new Array<Damage>(9).fill((text) => text),
  (text, at) => text.slice(0, at),
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at, byte) => text.slice(0, at) + byte + text.slice(at),
  (text, at, byte) => text.slice(0, at) + byte + text.slice(at + 1),
  (text) => `${text}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`,
  (text) => `${text}surplus`,
];
const anyDamage = fc
  .tuple(
    fc.constantFrom(...damages),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.constantFrom("\0", "\r", "\n", " ", ":", ";", "a", "Z", "\x80", "\t"),
  )
  .map(
    ([damage, where, byte]) =>
      (text: string) =>
        damage(text, Math.floor(where * text.length), byte),
  );

/** Cuts a text at some places, or between all bytes of its beginning. */
const anyCut = fc.oneof(
  { weight: 1, arbitrary: fc.constant("every byte" as const) },
  {
    weight: 3,
    arbitrary: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 4 }),
  },
);
const MOST_SINGLE_BYTES = 400;

function cut(text: string, where: "every byte" | readonly number[]): string[] {
  if (where === "every byte") return [...text.slice(0, MOST_SINGLE_BYTES), text.slice(MOST_SINGLE_BYTES)];
  const places = [0, ...where.map((share) => Math.floor(share * text.length)).sort((a, b) => a - b)];
  return places.map((place, index) => text.slice(place, places[index + 1]));
}

export const anyAnswer: fc.Arbitrary<PlayedAnswer> = fc
  .tuple(anyText, anyDamage, anyCut)
  .map(([text, damage, where]) => ({ pieces: cut(damage(text), where).filter((piece) => piece !== "") }));
