import * as Plot from '@observablehq/plot';
import type { Interval } from '../types.ts';
import { formatPercent, renderPlot } from './render.ts';
import type { FigureSize } from './render.ts';
import { plotStyle } from './style.ts';

export interface IntervalBarsData extends FigureSize {
  readonly rows: readonly { readonly name: string; readonly interval: Interval }[];
  /** Axis title. */
  readonly label: string;
  /** Axis range ([0, 1]). */
  readonly domain?: readonly [number, number];
  /** A value to compare with (a target, the baseline): a dashed line. */
  readonly reference?: number | undefined;
  readonly percent?: boolean;
}

/** Horizontal bars with intervals, in the order given; an undefined value is written out as "n/a". */
export function intervalBarsPlot(data: IntervalBarsData): string {
  const { rows, label, domain = [0, 1], reference, percent = false, width = 420 } = data;
  const defined = rows.flatMap(({ name, interval }) =>
    interval.value === null ? [] : [{ name, value: interval.value, low: interval.low, high: interval.high }],
  );
  const missing = rows.filter(({ interval }) => interval.value === null);
  const longest = Math.max(4, ...rows.map(({ name }) => name.length));
  const clamp = (x: number): number => Math.min(domain[1], Math.max(domain[0], x));
  const format = percent ? formatPercent : (v: number) => `${Number(v.toPrecision(3))}`;
  return renderPlot(
    {
      width,
      height: data.height ?? 60 + 20 * rows.length,
      marginLeft: 14 + 6.4 * longest,
      marginBottom: 44,
      marginTop: 6,
      marginRight: 50,
      x: { domain: [...domain], label: null, ticks: 5, tickFormat: format },
      y: { domain: rows.map(({ name }) => name), label: null, padding: 0.35 },
      marks: [
        Plot.gridX({ stroke: plotStyle.grid, strokeOpacity: 1 }),
        Plot.axisY({ tickSize: 0, label: null }),
        Plot.barX(defined, { y: 'name', x1: domain[0], x2: 'value', fill: plotStyle.sky, fillOpacity: 0.55 }),
        Plot.ruleY(defined, {
          y: 'name',
          x1: (d: { low: number }) => clamp(d.low),
          x2: (d: { high: number }) => clamp(d.high),
          stroke: plotStyle.blue,
          strokeWidth: 2,
        }),
        Plot.dot(defined, { y: 'name', x: 'value', r: 3.5, fill: plotStyle.blue }),
        Plot.text(defined, {
          y: 'name',
          x: domain[1],
          text: (d: { value: number }) => format(d.value),
          dx: 8,
          textAnchor: 'start',
          fill: plotStyle.ink,
        }),
        Plot.text(missing, {
          y: 'name',
          x: domain[0],
          text: () => 'n/a',
          dx: 6,
          textAnchor: 'start',
          fill: plotStyle.muted,
        }),
        ...(reference === undefined
          ? []
          : [Plot.ruleX([reference], { stroke: plotStyle.vermilion, strokeDasharray: '4,3' })]),
        Plot.text([label], { frameAnchor: 'bottom', dy: 38, fill: plotStyle.muted }),
      ],
    },
    `${label}, by row, with intervals`,
  );
}
