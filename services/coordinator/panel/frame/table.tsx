/** A table that can be sorted by its columns, and never shows more rows than a browser draws at once. */

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { say } from "../words/words.ts";
import { Printed } from "./printed.ts";
import { type Order, sorted } from "./sorting.ts";

export interface Column<Row> {
  readonly key: string;
  readonly head: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** What it is sorted by; a column without cannot be. */
  readonly by?: (row: Row) => number | string | undefined | null;
  readonly kind?: "text" | "wide";
}

interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row, index: number) => string;
  readonly empty: string;
  readonly isMarked?: (row: Row) => boolean;
  /** What a long table's rows are found by. */
  readonly nameOf?: (row: Row) => string;
}

/** Rows that are drawn anew each second; the rest is asked for. */
const FIRST_ROWS = 50;
const MORE_ROWS = 200;
/** A document has no more queries than a config may have; of anything else so many are enough to read. */
const PRINTED_ROWS = 1000;

export function Table<Row>({ label, columns, rows, keyOf, empty, isMarked, nameOf }: TableProps<Row>) {
  const isPrinted = useContext(Printed);
  const order = useSignal<Order | undefined>(undefined);
  const most = useSignal(isPrinted ? PRINTED_ROWS : FIRST_ROWS);
  const wanted = useSignal("");
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  const column = columns.find(({ key }) => key === order.value?.key);
  const found = foundIn(rows, nameOf, wanted.value);
  const shown = sorted(found, column?.by, order.value).slice(0, most.value);
  return (
    <>
      {nameOf && !isPrinted && rows.length > FIRST_ROWS && (
        <Find label={label} wanted={wanted} found={found.length} all={rows.length} />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={label}>
        <table>
          <thead>
            <tr>
              {columns.map((each) => (
                <Head
                  key={each.key}
                  column={each}
                  order={order.value}
                  onSort={(next) => (order.value = next)}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, index) => (
              <tr key={keyOf(row, index)} class={isMarked?.(row) ? "marked" : undefined}>
                {columns.map(({ key, cell, kind }, at) =>
                  at === 0 ? (
                    <th key={key} scope="row">
                      {cell(row)}
                    </th>
                  ) : (
                    <td key={key} class={kind}>
                      {cell(row)}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {found.length > shown.length && (
        <button type="button" class="more" onClick={() => (most.value += MORE_ROWS)}>
          {say("more")} ({found.length - shown.length})
        </button>
      )}
    </>
  );
}

function foundIn<Row>(
  rows: readonly Row[],
  nameOf: ((row: Row) => string) | undefined,
  wanted: string,
): readonly Row[] {
  const part = wanted.trim().toLowerCase();
  if (part === "" || !nameOf) return rows;
  return rows.filter((row) => nameOf(row).toLowerCase().includes(part));
}

interface FindProps {
  readonly label: string;
  readonly wanted: Signal<string>;
  readonly found: number;
  readonly all: number;
}

function Find({ label, wanted, found, all }: FindProps) {
  return (
    <search class="find">
      <input
        type="search"
        aria-label={say("find_in", label)}
        placeholder={say("find_by_name")}
        value={wanted.value}
        onInput={({ currentTarget }) => (wanted.value = currentTarget.value)}
      />
      <span class="muted" aria-live="polite">
        {say("found_of", { n: String(found), of: String(all) })}
      </span>
    </search>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly order: Order | undefined;
  readonly onSort: (order: Order) => void;
}

function Head<Row>({ column: { key, head, by, kind }, order, onSort }: HeadProps<Row>) {
  if (!by) {
    return (
      <th scope="col" class={kind}>
        {head}
      </th>
    );
  }
  const isOrdered = order?.key === key;
  const isDown = isOrdered && order.isDown;
  const sign = isOrdered ? (isDown ? "▾" : "▴") : "";
  return (
    <th scope="col" class={kind} aria-sort={isOrdered ? (isDown ? "descending" : "ascending") : "none"}>
      {/* The first press shows the highest: that is what is looked for. */}
      <button
        type="button"
        class="head"
        title={say("sort_by", head)}
        onClick={() => onSort({ key, isDown: !isDown })}
      >
        {head}
        <span aria-hidden="true">{sign}</span>
      </button>
    </th>
  );
}
