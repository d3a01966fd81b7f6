import * as Plot from '@observablehq/plot';
import { axisTitles } from './roc-plot.ts';
import { decades, formatPercent, gridMarks, renderPlot } from './render.ts';
import type { FigureSize, Wording } from './render.ts';
import { plotStyle } from './style.ts';

export interface DetPlotData extends FigureSize, Wording {
  readonly fpr: ArrayLike<number>;
  readonly fnr: ArrayLike<number>;
  readonly thresholds: ArrayLike<number>;
  /** The threshold in use: marked. */
  readonly threshold?: number | undefined;
  /** Lower end of both axes (1e-3). */
  readonly minRate?: number;
}

/** Detection error trade-off: missed against falsely flagged, both logarithmic, coloured by threshold (paper 000, figure 4). */
export function detPlot({
  fpr,
  fnr,
  thresholds,
  threshold,
  minRate = 1e-3,
  positive = 'bad images',
  negative = 'good images',
  width = 420,
  height = 340,
}: DetPlotData): string {
  const place = (rate: number): number => Math.max(minRate, rate);
  const rows = Array.from(fpr, (x, i) => ({
    x: place(x),
    y: place(fnr[i]),
    threshold: Math.min(1, Math.max(0, thresholds[i])),
  }));
  // A curve has a point per image: keep those that move by a pixel or more.
  const step = (Math.log(1 / minRate) / width) * 3;
  let last = { x: 0, y: 0 };
  const dots = rows.filter((row) => {
    const moved = Math.abs(Math.log(row.x / last.x)) > step || Math.abs(Math.log(row.y / last.y)) > step;
    if (moved) last = row;
    return moved;
  });
  const chosen = threshold === undefined ? [] : rows.filter((row) => row.threshold >= threshold).slice(-1);
  const axis = {
    type: 'log',
    domain: [minRate, 1],
    label: null,
    ticks: decades(minRate, 1),
    tickFormat: formatPercent,
  } as const;
  return renderPlot(
    {
      width,
      height,
      marginLeft: 66,
      marginBottom: 44,
      marginTop: 14,
      marginRight: 14,
      x: axis,
      y: axis,
      color: { type: 'linear', domain: [0, 1], range: ['#c6dbef', '#08306b'], interpolate: 'lab' },
      marks: [
        ...gridMarks([minRate, 1], [minRate, 1]),
        Plot.line(rows, { x: 'x', y: 'y', stroke: plotStyle.grid, strokeWidth: 1.5 }),
        Plot.dot(dots, { x: 'x', y: 'y', fill: 'threshold', r: 3 }),
        ...(threshold === undefined || chosen.length === 0
          ? []
          : [
              Plot.dot(chosen, { x: 'x', y: 'y', r: 6, stroke: plotStyle.vermilion, strokeWidth: 2 }),
              Plot.text(chosen, {
                x: 'x',
                y: 'y',
                text: () => `threshold ${threshold.toPrecision(3)}`,
                dx: 10,
                dy: -8,
                textAnchor: 'start',
                fontWeight: 600,
                stroke: 'white',
                strokeWidth: 4,
                fill: plotStyle.ink,
              }),
            ]),
        Plot.text(['dark: high thresholds'], {
          frameAnchor: 'top-right',
          dx: -6,
          dy: 6,
          fill: plotStyle.muted,
        }),
        ...axisTitles(
          `${negative} flagged (false-positive rate)`,
          `${positive} missed (false-negative rate)`,
        ),
      ],
    },
    'Detection error trade-off: false-negative against false-positive rate, dark points have high thresholds',
  );
}
