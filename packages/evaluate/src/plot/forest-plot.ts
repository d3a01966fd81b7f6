import * as Plot from '@observablehq/plot';
import type { Interval } from '../types.ts';
import { renderPlot } from './render.ts';
import type { FigureSize } from './render.ts';
import { plotStyle } from './style.ts';

export interface ForestPlotData extends FigureSize {
  /** Models in the order shown; an undefined value is written out with its reason. */
  readonly rows: readonly { readonly name: string; readonly interval: Interval }[];
  /** Axis title: the metric. */
  readonly label: string;
  /** A value to compare with (the majority baseline, the paper's own figure): dashed, named. */
  readonly reference?: { readonly value: number; readonly label: string } | undefined;
  /** Axis range (that of the intervals and the reference, with a margin). */
  readonly domain?: readonly [number, number];
  /** Decimals written beside each row (3). */
  readonly digits?: number;
}

/**
 * One metric of several models with intervals (a forest plot): the axis covers what differs, not 0 … 1, so models a hundredth
 * apart can be told apart. Overlapping intervals do not say that two models are equal: that is what `comparePaired` is for.
 */
export function forestPlot(data: ForestPlotData): string {
  const { rows, label, reference, digits = 3, width = 620 } = data;
  const defined = rows.flatMap(({ name, interval }, i) =>
    interval.value === null
      ? []
      : [{ i, name, value: interval.value, low: interval.low, high: interval.high }],
  );
  const missing = rows.flatMap(({ interval }, i) =>
    interval.value === null ? [{ i, reason: interval.reason }] : [],
  );
  const ends = [...defined.flatMap(({ low, high }) => [low, high]), ...(reference ? [reference.value] : [])];
  const [low, high] = ends.length > 0 ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
  const margin = 0.06 * (high - low || 1);
  const domain = data.domain ?? [low - margin, high + margin];
  const clamp = (x: number): number => Math.min(domain[1], Math.max(domain[0], x));
  const longest = Math.max(4, ...rows.map(({ name }) => name.length));
  const text = ({ value, low: from, high: to }: { value: number; low: number; high: number }): string =>
    `${value.toFixed(digits)} (${from.toFixed(digits)}–${to.toFixed(digits)})`;
  return renderPlot(
    {
      width,
      height: data.height ?? 74 + 22 * rows.length,
      marginLeft: 14 + 6.8 * longest,
      marginRight: 30 + 6.8 * (3 * digits + 12),
      marginTop: 22,
      marginBottom: 44,
      x: { domain: [...domain], label: null, ticks: 5 },
      y: {
        type: 'band',
        domain: [...rows.keys()],
        label: null,
        tickSize: 0,
        tickFormat: (i: number) => rows[i].name,
      },
      marks: [
        Plot.gridX({ stroke: plotStyle.grid, strokeOpacity: 1, ticks: 5 }),
        ...(reference === undefined
          ? []
          : [
              Plot.ruleX([reference.value], { stroke: plotStyle.vermilion, strokeDasharray: '4,3' }),
              Plot.text([reference.label], {
                x: reference.value,
                frameAnchor: 'top',
                dy: -12,
                fill: plotStyle.vermilion,
                // Towards the middle, clear of the frame.
                textAnchor: reference.value > 0.5 * (domain[0] + domain[1]) ? 'end' : 'start',
              }),
            ]),
        Plot.ruleY(defined, {
          y: 'i',
          x1: (d: { low: number }) => clamp(d.low),
          x2: (d: { high: number }) => clamp(d.high),
          stroke: plotStyle.blue,
          strokeWidth: 2,
        }),
        Plot.dot(
          defined.filter(({ value }) => value === clamp(value)),
          { y: 'i', x: 'value', r: 4, fill: plotStyle.blue },
        ),
        Plot.text(defined, {
          y: 'i',
          frameAnchor: 'right',
          text,
          textAnchor: 'start',
          dx: 10,
          fill: plotStyle.ink,
          fontVariant: 'tabular-nums',
        }),
        Plot.text(missing, {
          y: 'i',
          frameAnchor: 'left',
          text: ({ reason }: { reason: string }) => reason,
          textAnchor: 'start',
          dx: 6,
          fill: plotStyle.muted,
        }),
        Plot.text([label], { frameAnchor: 'bottom', dy: 38, fill: plotStyle.muted }),
      ],
    },
    `${label}, ${rows.length} rows: ${defined.map((row) => `${row.name} ${text(row)}`).join(', ')}`,
  );
}
