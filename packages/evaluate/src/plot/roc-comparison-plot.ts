import * as Plot from '@observablehq/plot';
import type { FigureSize, Wording } from './render.ts';
import { curveRows, rocFrame } from './roc-plot.ts';
import type { Curve } from './roc-plot.ts';
import { seriesColors } from './style.ts';

export interface RocComparisonPlotData extends FigureSize, Wording {
  /** One curve a model, in the order of the legend. */
  readonly series: readonly { readonly label: string; readonly curve: Curve }[];
  readonly scale?: 'linear' | 'log';
  /** Left edge of the log scale (1e-4). */
  readonly minFpr?: number;
}

/** ROC curves of several models on the same rows, with a legend: all end in one corner, where no name has room. */
export function rocComparisonPlot({ series, ...frame }: RocComparisonPlotData): string {
  const longest = Math.max(4, ...series.map(({ label }) => label.length));
  const styles = series.map((_, k) => ({
    stroke: seriesColors[k % seriesColors.length],
    // Where the colors begin anew.
    strokeDasharray: k < seriesColors.length ? 'none' : '5,3',
  }));
  return rocFrame(
    { width: 560, ...frame, marginRight: 34 + 6.8 * longest },
    (place) => [
      ...series.map(({ curve }, k) =>
        Plot.line(curveRows(curve, place), { x: 'x', y: 'y', strokeWidth: 1.7, ...styles[k] }),
      ),
      ...series.map(({ label }, k) =>
        Plot.text([`${styles[k].strokeDasharray === 'none' ? '—' : '╌'} ${label}`], {
          frameAnchor: 'top-right',
          dx: 8,
          dy: 16 * k,
          textAnchor: 'start',
          fill: styles[k].stroke,
          fontWeight: 600,
        }),
      ),
    ],
    `ROC curves of ${series.map(({ label }) => label).join(', ')}`,
  );
}
