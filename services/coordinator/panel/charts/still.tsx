/** A chart that needs no script, and is sharp on paper: the same lines on the same axes as the one that moves. */

import { clockText } from "../frame/figures.ts";
import { SECONDS, tickText } from "./axis.ts";
import type { Line } from "./line.ts";
import { areaOf, type Frame, pathOf, type Scale, type Through, timeScale, valueScale } from "./path.ts";
import type { Shown } from "./shown.ts";
import { StillOver, StillUnder } from "./still-shown.tsx";
import { LEAST_STRETCH_S } from "./zoom.ts";

interface StillProps {
  readonly title: string;
  readonly second: readonly number[];
  readonly lines: readonly Line[];
  readonly shown: Shown;
  readonly valueText: (value: number) => string;
  readonly isLog: boolean;
  readonly isStepped: boolean;
}

const WIDTH = 640;
const HEIGHT = 210;
const FRAME: Frame = { left: 62, right: WIDTH - 12, top: 12, bottom: HEIGHT - 24 };
/** So many times have place below the axis. */
const MOST_TIMES = 8;

export function Still({ title, second, lines, shown, valueText, isLog, isStepped }: StillProps) {
  const [firstS, endS] = shown.span ?? [second[0] ?? 0, second.at(-1) ?? 0];
  const lastS = Math.max(endS, firstS + LEAST_STRETCH_S);
  const x = timeScale(firstS, lastS, FRAME);
  const y = valueScale(lines, isLog, FRAME, shown);
  const through = { second, isStepped, x, y: y.at, frame: FRAME };
  return (
    <div class="still">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title}>
        <Axes x={x} y={y} firstS={firstS} lastS={lastS} valueText={valueText} />
        <StillUnder shown={shown} through={through} />
        {lines.map((line) => (
          <Curve key={line.name} line={line} through={through} />
        ))}
        <StillOver shown={shown} through={through} />
      </svg>
      <Key lines={lines} />
    </div>
  );
}

function Curve({ line: { colour, look, values }, through }: { line: Line; through: Through }) {
  const stroke = `var(${colour})`;
  const dash = look === "dashed" ? "5 4" : undefined;
  return (
    <>
      {look === "area" && <path d={areaOf(values, through)} fill={stroke} fill-opacity="0.18" />}
      <path
        d={pathOf(values, through)}
        fill="none"
        stroke={stroke}
        stroke-width="1.5"
        stroke-dasharray={dash}
        stroke-linejoin="round"
      />
    </>
  );
}

interface AxesProps {
  readonly x: (second: number) => number;
  readonly y: Scale;
  readonly firstS: number;
  readonly lastS: number;
  readonly valueText: (value: number) => string;
}

function Axes({ x, y, firstS, lastS, valueText }: AxesProps) {
  const { left, right, bottom } = FRAME;
  return (
    <>
      {y.ticks.map((value) => (
        <g key={value}>
          <path d={`M${left} ${y.at(value)}H${right}`} stroke="var(--rule)" />
          <text x={left - 6} y={y.at(value) + 4} text-anchor="end">
            {tickText(valueText(value))}
          </text>
        </g>
      ))}
      {timesBetween(firstS, lastS).map((second) => (
        <text key={second} x={x(second)} y={bottom + 18} text-anchor="middle">
          {clockText(second)}
        </text>
      ))}
    </>
  );
}

function timesBetween(firstS: number, lastS: number): number[] {
  const step = SECONDS.find((each) => (lastS - firstS) / each <= MOST_TIMES) ?? lastS - firstS;
  const first = Math.ceil(firstS / step);
  return Array.from({ length: Math.floor(lastS / step) - first + 1 }, (_, index) => (first + index) * step);
}

/** Which line is which. */
export function Key({ lines }: { lines: readonly Pick<Line, "name" | "colour" | "look">[] }) {
  return (
    <p class="key">
      {lines.map(({ name, colour, look }) => (
        <span key={name}>
          <svg viewBox="0 0 20 8" aria-hidden="true">
            <path
              d="M0 4H20"
              stroke={`var(${colour})`}
              stroke-width={look === "area" ? 8 : 2}
              stroke-dasharray={look === "dashed" ? "5 4" : undefined}
            />
          </svg>
          {name}
        </span>
      ))}
    </p>
  );
}
