import * as Plot from '@observablehq/plot';
import { decades, formatPercent, gridMarks, renderPlot } from './render.ts';
import type { FigureSize, Wording } from './render.ts';
import { plotStyle } from './style.ts';

/** A curve with an optional band; x ascending, equal lengths. */
export interface Curve {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly low?: ArrayLike<number> | undefined;
  readonly high?: ArrayLike<number> | undefined;
}

/** A point worth naming on a curve: the operating threshold. */
export interface NamedPoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

export interface RocPlotData extends FigureSize, Wording {
  readonly curve: Curve;
  readonly points?: readonly NamedPoint[];
  /** `log` shows the low rates at which surveys work; points at 0 are drawn at the left edge. */
  readonly scale?: 'linear' | 'log';
  /** Left edge of the log scale (1e-4). */
  readonly minFpr?: number;
}

/** ROC curve with its band and the line of chance. */
export function rocPlot({ curve, points = [], ...frame }: RocPlotData): string {
  const { positive = 'bad images', negative = 'good images' } = frame;
  return rocFrame(
    frame,
    (place) => {
      const rows = curveRows(curve, place);
      return [
        ...bandMarks(rows),
        Plot.line(rows, { x: 'x', y: 'y', stroke: plotStyle.blue, strokeWidth: 2 }),
        ...pointMarks(
          points.map((point) => ({ ...point, x: place(point.x) })),
          'right',
        ),
      ];
    },
    `ROC curve: share of ${positive} found against share of ${negative} flagged`,
  );
}

/** Axes, grid and line of chance of a ROC plot. @param marks gets what moves a rate into the axis */
export function rocFrame(
  {
    scale = 'log',
    minFpr = 1e-4,
    positive = 'bad images',
    negative = 'good images',
    width = 420,
    height = 340,
    marginRight = 14,
  }: Omit<RocPlotData, 'curve' | 'points'> & { readonly marginRight?: number },
  marks: (place: (rate: number) => number) => readonly Plot.Markish[],
  description: string,
): string {
  const left = scale === 'log' ? minFpr : 0;
  const chance = Array.from({ length: 60 }, (_, i) => (scale === 'log' ? left ** (1 - i / 59) : i / 59));
  return renderPlot(
    {
      width,
      height,
      marginLeft: 66,
      marginBottom: 44,
      marginTop: 14,
      marginRight,
      x:
        scale === 'log'
          ? {
              type: 'log',
              domain: [left, 1],
              label: null,
              ticks: decades(left, 1),
              tickFormat: formatPercent,
            }
          : { domain: [0, 1], label: null, ticks: 5, tickFormat: formatPercent },
      y: { domain: [0, 1], label: null, ticks: 5, tickFormat: formatPercent },
      marks: [
        ...gridMarks(scale === 'log' ? [left, 1] : undefined),
        Plot.line(
          chance.map((x) => ({ x, y: x })),
          { x: 'x', y: 'y', stroke: plotStyle.muted, strokeDasharray: '3,3', strokeWidth: 1 },
        ),
        ...marks((rate) => Math.max(left, rate)),
        ...axisTitles(`${negative} flagged (false-positive rate)`, `${positive} found (recall)`),
      ],
    },
    description,
  );
}

export interface CurveRow {
  readonly x: number;
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Plot wants rows; `place` moves x into the axis. */
export function curveRows(curve: Curve, place: (x: number) => number = (x) => x): CurveRow[] {
  return Array.from(curve.x, (x, i) => ({
    x: place(x),
    y: curve.y[i],
    low: curve.low?.[i] ?? null,
    high: curve.high?.[i] ?? null,
  }));
}

export function bandMarks(rows: readonly CurveRow[], color: string = plotStyle.blue): Plot.Markish[] {
  const band = rows.filter((row) => row.low !== null);
  return band.length === 0
    ? []
    : [Plot.areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.16 })];
}

export function pointMarks(points: readonly NamedPoint[], side: 'left' | 'right'): Plot.Markish[] {
  if (points.length === 0) return [];
  return [
    Plot.dot(points, { x: 'x', y: 'y', r: 5, fill: plotStyle.vermilion, stroke: 'white', strokeWidth: 1.5 }),
    Plot.text(points, {
      x: 'x',
      y: 'y',
      text: 'label',
      dx: side === 'right' ? 9 : -9,
      dy: 10,
      textAnchor: side === 'right' ? 'start' : 'end',
      fill: plotStyle.ink,
      stroke: 'white',
      strokeWidth: 4,
      fontWeight: 600,
    }),
  ];
}

/** Axis titles in the middle of the axes: Plot's own stand in the corners with arrows. */
export function axisTitles(x: string, y: string): Plot.Markish[] {
  const style = { fill: plotStyle.muted };
  return [
    Plot.text([x], { frameAnchor: 'bottom', dy: 38, ...style }),
    Plot.text([y], { frameAnchor: 'left', rotate: -90, dx: -56, textAnchor: 'middle', ...style }),
  ];
}
