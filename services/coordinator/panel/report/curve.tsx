/** A drawing of curves over an axis that is not time: percentiles, or load. */

import type { ComponentChildren } from "preact";
import { tickText } from "../charts/axis.ts";
import type { Frame, Scale } from "../charts/path.ts";

const CURVE = { width: 960, height: 340 } as const;
export const CURVE_FRAME: Frame = { left: 70, right: 940, top: 14, bottom: 296 };

interface CurveProps {
  readonly label: string;
  readonly x: Scale;
  readonly y: Scale;
  readonly xText: (value: number) => string;
  readonly yText: (value: number) => string;
  /** What stands below the axis. */
  readonly xName: string;
  readonly children: ComponentChildren;
}

export function CurvePlot({ label, x, y, xText, yText, xName, children }: CurveProps) {
  const { left, right, top, bottom } = CURVE_FRAME;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label={label}>
      <svg class="curve" viewBox={`0 0 ${CURVE.width} ${CURVE.height}`} role="img" aria-label={label}>
        {y.ticks.map((value) => (
          <g key={value}>
            <path d={`M${left} ${y.at(value)}H${right}`} stroke="var(--rule)" />
            <text class="axis" x={left - 8} y={y.at(value) + 4} text-anchor="end">
              {tickText(yText(value))}
            </text>
          </g>
        ))}
        {x.ticks.map((value) => (
          <g key={value}>
            <path d={`M${x.at(value)} ${top}V${bottom}`} stroke="var(--rule)" />
            <text class="axis" x={x.at(value)} y={bottom + 18} text-anchor="middle">
              {xText(value)}
            </text>
          </g>
        ))}
        <text class="axis" x={(left + right) / 2} y={CURVE.height - 6} text-anchor="middle">
          {xName}
        </text>
        {children}
      </svg>
    </section>
  );
}

/** Points joined by a line. */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join("");
}
