import * as Plot from '@observablehq/plot';
import { axisTitles } from './roc-plot.ts';
import { formatPercent, gridMarks, renderPlot } from './render.ts';
import type { FigureSize, Wording } from './render.ts';
import { plotStyle } from './style.ts';

export interface ErrorRatesPlotData extends FigureSize, Wording {
  /** Rates where a score of `thresholds[i]` or more is flagged; thresholds descending, as of `rocCurve` from its second point on. */
  readonly fpr: ArrayLike<number>;
  readonly fnr: ArrayLike<number>;
  readonly thresholds: ArrayLike<number>;
  /** The threshold in use: marked. */
  readonly threshold: number;
}

/** Both kinds of error against the threshold, which is a probability: what another threshold would cost (the "next stage" of Semenikhin 2024). */
export function errorRatesPlot({
  fpr,
  fnr,
  thresholds,
  threshold,
  positive = 'bad images',
  negative = 'good images',
  width = 420,
  height = 340,
}: ErrorRatesPlotData): string {
  // At 0 all is flagged, and above the highest score nothing.
  const rows = [
    { x: 0, fpr: 1, fnr: 0 },
    ...Array.from(thresholds, (x, i) => ({ x, fpr: fpr[i], fnr: fnr[i] })).reverse(),
    { x: 1, fpr: 0, fnr: 1 },
  ];
  // A curve has a point per score: keep one a pixel.
  let last = -1;
  const drawn = rows.filter(({ x }, i) => {
    const keep = x - last >= 1 / width || i === rows.length - 1;
    if (keep) last = x;
    return keep;
  });
  const line = (y: 'fpr' | 'fnr', stroke: string) =>
    // Between two scores the rates are those of the higher one.
    Plot.line(drawn, { x: 'x', y, stroke, strokeWidth: 2, curve: 'step-before' });
  const at = rows.find(({ x }) => x >= threshold)!;
  const legend = { frameAnchor: 'top-left', textAnchor: 'start', fontWeight: 600, dy: -18 } as const;
  const missed = `${positive} missed: ${formatPercent(at.fnr)}`;
  const flagged = `${negative} flagged: ${formatPercent(at.fpr)}`;
  return renderPlot(
    {
      width,
      height,
      marginLeft: 66,
      marginBottom: 44,
      marginTop: 26,
      marginRight: 14,
      x: { domain: [0, 1], label: null, ticks: 5 },
      y: { domain: [0, 1], label: null, ticks: 5, tickFormat: formatPercent },
      marks: [
        ...gridMarks(),
        Plot.ruleX([threshold], { stroke: plotStyle.ink, strokeWidth: 1.5, strokeDasharray: '4,3' }),
        line('fnr', plotStyle.vermilion),
        line('fpr', plotStyle.blue),
        Plot.dot([at.fnr], { x: threshold, y: (y: number) => y, r: 4, fill: plotStyle.vermilion }),
        Plot.dot([at.fpr], { x: threshold, y: (y: number) => y, r: 4, fill: plotStyle.blue }),
        Plot.text([missed], { ...legend, fill: plotStyle.vermilion }),
        Plot.text([flagged], { ...legend, dx: 16 + 7 * missed.length, fill: plotStyle.blue }),
        Plot.text([`threshold ${threshold.toPrecision(3)}`], {
          x: threshold,
          frameAnchor: 'top',
          dy: 8,
          dx: threshold > 0.5 ? -7 : 7,
          textAnchor: threshold > 0.5 ? 'end' : 'start',
          fontWeight: 600,
          stroke: 'white',
          strokeWidth: 4,
          fill: plotStyle.ink,
        }),
        ...axisTitles('threshold', 'rate of errors'),
      ],
    },
    `Error rates against threshold; at ${threshold.toPrecision(3)} ${missed}, ${flagged}`,
  );
}
