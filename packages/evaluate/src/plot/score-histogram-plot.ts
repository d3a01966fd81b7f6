import * as Plot from '@observablehq/plot';
import { axisTitles } from './roc-plot.ts';
import { decades, gridMarks, renderPlot } from './render.ts';
import type { FigureSize, Wording } from './render.ts';
import { plotStyle } from './style.ts';

export interface ScoreHistogramData extends FigureSize {
  /** Bin edges, one more than counts. */
  readonly edges: readonly number[];
  readonly negative: readonly number[];
  readonly positive: readonly number[];
  readonly threshold?: number | undefined;
  /** Names of the two classes (good, bad). */
  readonly names?: Wording;
  /** Titles of the axes. */
  readonly xLabel?: string;
  readonly yLabel?: string;
}

/** Scores of good and of bad images, logarithmic counts, with the threshold. */
export function scoreHistogramPlot(data: ScoreHistogramData): string {
  const { edges, negative, positive, threshold, names = {}, width = 420, height = 340 } = data;
  const { xLabel = 'probability of an artifact', yLabel = 'images' } = data;
  const good = names.negative ?? 'good';
  const bad = names.positive ?? 'bad';
  // Each name starts where the one before ends.
  const second = 12 + 7.2 * good.length;
  const third = second + 12 + 7.2 * bad.length;
  const rows = (counts: readonly number[]) =>
    counts.flatMap((count, i) => (count > 0 ? [{ x1: edges[i], x2: edges[i + 1], count }] : []));
  const top = 2 * Math.max(2, ...negative, ...positive);
  const bars = (counts: readonly number[], color: string): Plot.Markish[] => [
    Plot.rectY(rows(counts), { x1: 'x1', x2: 'x2', y1: 0.7, y2: 'count', fill: color, fillOpacity: 0.35 }),
    Plot.ruleY(rows(counts), { x1: 'x1', x2: 'x2', y: 'count', stroke: color, strokeWidth: 2 }),
  ];
  const label = { textAnchor: 'start', dy: -4, fontWeight: 600 } as const;
  return renderPlot(
    {
      width,
      height,
      marginLeft: 66,
      marginBottom: 44,
      marginTop: 26,
      marginRight: 14,
      x: { domain: [edges[0], edges[edges.length - 1]], label: null, ticks: 5 },
      y: {
        type: 'log',
        domain: [0.7, top],
        label: null,
        ticks: decades(0.7, top),
        tickFormat: (v: number) => v.toLocaleString('en'),
      },
      marks: [
        ...gridMarks(undefined, [0.7, top]),
        ...bars(negative, plotStyle.blue),
        ...bars(positive, plotStyle.vermilion),
        ...(threshold === undefined
          ? []
          : [Plot.ruleX([threshold], { stroke: plotStyle.ink, strokeWidth: 1.5, strokeDasharray: '4,3' })]),
        Plot.text([good], { frameAnchor: 'top-left', ...label, dy: -18, fill: plotStyle.blue }),
        Plot.text([bad], {
          frameAnchor: 'top-left',
          ...label,
          dx: second,
          dy: -18,
          fill: plotStyle.vermilion,
        }),
        ...(threshold === undefined
          ? []
          : [
              Plot.text(['threshold (dashed)'], {
                frameAnchor: 'top-left',
                textAnchor: 'start',
                dx: third,
                dy: -18,
                fill: plotStyle.muted,
              }),
            ]),
        ...axisTitles(xLabel, yLabel),
      ],
    },
    `Histogram of the scores: ${good} and ${bad}`,
  );
}
