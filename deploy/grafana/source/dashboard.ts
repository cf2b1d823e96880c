/** A Grafana dashboard in a few words: builders for the parts that these dashboards are made of. */

export type Unit = "short" | "s" | "percentunit" | "bytes" | "Bps" | "reqps" | "cores";

export interface Target {
  readonly expr: string;
  /** A name, or a template such as `{{state}}`. */
  readonly legend: string;
}

/** A value from which on a figure is worth a look, and one from which on it is bad. */
export interface Limits {
  readonly warn: number;
  readonly bad: number;
}

export interface Panel {
  readonly kind: "timeseries" | "stat";
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  readonly targets: readonly Target[];
  readonly limits?: Limits;
  readonly stacked?: boolean;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** A metric and one of its labels, whose values can be chosen. */
  readonly metric: string;
  readonly of: string;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
}

type Shown = Pick<Panel, "limits" | "stacked">;

export function target(legend: string, expr: string): Target {
  return { legend, expr };
}

/** One number, as it is now. */
export function stat(title: string, description: string, unit: Unit, expr: string, shown: Shown = {}): Panel {
  return { kind: "stat", title, description, unit, targets: [{ expr, legend: "" }], ...shown };
}

/** Lines over time. */
export function lines(
  title: string,
  description: string,
  unit: Unit,
  targets: readonly Target[],
  shown: Shown = {},
): Panel {
  return { kind: "timeseries", title, description, unit, targets, ...shown };
}

const COLUMNS = 24;
const HEIGHTS = { stat: 4, timeseries: 8 } as const;
/** So many panels stand side by side, where a row has as many. */
const ACROSS = { stat: 6, timeseries: 3 } as const;
/** The classic form, which every Grafana since 9 reads. */
const SCHEMA_VERSION = 39;
// Grafana puts the chosen source in.
const SOURCE = { type: "prometheus", uid: `$${"{ds}"}` };

/** The dashboard as Grafana reads it. */
export function toJson({ uid, title, description, variables, rows }: Dashboard): object {
  return {
    uid,
    title,
    description,
    tags: ["logburst"],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "5s",
    time: { from: "now-15m", to: "now" },
    timezone: "browser",
    links: [{ type: "dashboards", title: "Logburst", tags: ["logburst"], keepTime: true }],
    templating: { list: [sourceVariable, ...variables.map(variableJson)] },
    annotations: { list: [] },
    panels: placed(rows),
  };
}

const sourceVariable = {
  name: "ds",
  label: "Data source",
  type: "datasource",
  query: "prometheus",
  refresh: 1,
};

function variableJson({ name, label, metric, of }: Variable): object {
  const query = `label_values(${metric}, ${of})`;
  return {
    ...{ name, label, type: "query", datasource: SOURCE, definition: query },
    query: { query, refId: name },
    // With the time range, since runs come and go.
    refresh: 2,
    sort: 2,
    multi: false,
    includeAll: false,
  };
}

/** Panels from left to right and top to bottom, under the title of their row. */
function placed(rows: readonly Row[]): object[] {
  const all: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    all.push({
      id: all.length + 1,
      type: "row",
      title,
      collapsed: false,
      panels: [],
      gridPos: at(0, y, COLUMNS, 1),
    });
    y += 1;
    let x = 0;
    let high = 0;
    for (const panel of panels) {
      const same = panels.filter(({ kind }) => kind === panel.kind).length;
      const width = COLUMNS / Math.min(same, ACROSS[panel.kind]);
      const height = HEIGHTS[panel.kind];
      if (x + width > COLUMNS || (high !== 0 && height !== high)) {
        y += high;
        x = 0;
      }
      high = height;
      all.push(panelJson(panel, all.length + 1, at(x, y, Math.floor(width), height)));
      x += Math.floor(width);
    }
    y += high;
  }
  return all;
}

function at(x: number, y: number, w: number, h: number) {
  return { x, y, w, h };
}

function panelJson(panel: Panel, id: number, gridPos: object): object {
  const { kind, title, description, unit, targets, limits, stacked } = panel;
  const steps = [
    { color: "green", value: null },
    ...(limits
      ? [
          { color: "orange", value: limits.warn },
          { color: "red", value: limits.bad },
        ]
      : []),
  ];
  const custom = {
    fillOpacity: stacked ? 25 : 5,
    showPoints: "never",
    stacking: { mode: stacked ? "normal" : "none" },
    thresholdsStyle: { mode: limits ? "dashed" : "off" },
  };
  return {
    ...{ id, type: kind, title, description, gridPos, datasource: SOURCE },
    targets: targets.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
    })),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        thresholds: { mode: "absolute", steps },
        ...(kind === "timeseries" && { custom }),
      },
      overrides: [],
    },
    options:
      kind === "stat"
        ? { reduceOptions: { calcs: ["lastNotNull"] }, graphMode: "area" }
        : { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
  };
}
