import * as Plot from '@observablehq/plot';
import type { Interval } from '../types.ts';
import { axisTitles } from './roc-plot.ts';
import { formatPercent, gridMarks, renderPlot } from './render.ts';
import type { FigureSize, Wording } from './render.ts';
import { plotStyle } from './style.ts';

export interface ReliabilityPlotData extends FigureSize, Omit<Wording, 'negative'> {
  readonly bins: readonly {
    readonly meanProbability: number;
    readonly observed: Interval;
    readonly n: number;
  }[];
}

/** Reliability diagram: what came true against what was promised; the number of images stands at each point. */
export function reliabilityPlot({
  bins,
  positive = 'bad images',
  width = 420,
  height = 340,
}: ReliabilityPlotData): string {
  const rows = bins.flatMap(({ meanProbability, observed, n }) =>
    observed.value === null
      ? []
      : [{ x: meanProbability, y: observed.value, low: observed.low, high: observed.high, n }],
  );
  return renderPlot(
    {
      width,
      height,
      marginLeft: 66,
      marginBottom: 44,
      marginTop: 14,
      marginRight: 24,
      insetTop: 6,
      insetBottom: 6,
      x: { domain: [0, 1], label: null, ticks: 5, tickFormat: formatPercent },
      y: { domain: [0, 1], label: null, ticks: 5, tickFormat: formatPercent },
      marks: [
        ...gridMarks(),
        Plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { stroke: plotStyle.muted, strokeDasharray: '3,3' },
        ),
        Plot.ruleX(rows, { x: 'x', y1: 'low', y2: 'high', stroke: plotStyle.blue, strokeWidth: 1.5 }),
        Plot.dot(rows, { x: 'x', y: 'y', r: 4, fill: plotStyle.blue, stroke: 'white' }),
        // Numbers stand towards the middle of the plot, clear of the axes.
        ...[1, -1].map((side) =>
          Plot.text(
            rows.filter((row) => (row.y < 0.5 ? -1 : 1) === side),
            {
              x: 'x',
              y: 'y',
              text: (row: { n: number }) => row.n.toLocaleString('en'),
              dx: 7 * -side,
              dy: 9 * side,
              textAnchor: side === -1 ? 'start' : 'end',
              fontSize: 10,
              fill: plotStyle.muted,
              stroke: 'white',
              strokeWidth: 3,
            },
          ),
        ),
        ...axisTitles('probability given', `share of ${positive}`),
      ],
    },
    `Reliability diagram: observed share of ${positive} against the probability given`,
  );
}
