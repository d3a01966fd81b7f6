import * as Plot from '@observablehq/plot';
import { axisTitles, bandMarks, curveRows } from './roc-plot.ts';
import type { Curve } from './roc-plot.ts';
import { decades, formatPercent, gridMarks, renderPlot } from './render.ts';
import type { FigureSize } from './render.ts';
import { spreadLabels } from './spread-labels.ts';
import { plotStyle, seriesColors } from './style.ts';

export interface CoverageAccuracyPlotData extends FigureSize {
  /** x share decided, y accuracy of that share. */
  readonly curve: Curve;
  /** What is decided (images). */
  readonly items?: string;
}

/** Accuracy of the images decided against the share decided, the most confident first. */
export function coverageAccuracyPlot({
  curve,
  items = 'images',
  width = 420,
  height = 340,
}: CoverageAccuracyPlotData): string {
  const rows = curveRows(curve);
  const lowest = Math.min(1, ...rows.map((row) => row.low ?? row.y));
  const floor = Math.max(0, Math.floor((lowest - 0.005) * 50) / 50);
  return renderPlot(
    {
      width,
      height,
      marginLeft: 66,
      marginBottom: 44,
      marginTop: 14,
      marginRight: 14,
      x: { domain: [0, 1], label: null, ticks: 5, tickFormat: formatPercent },
      y: { domain: [floor, 1], label: null, ticks: 5, tickFormat: formatPercent },
      marks: [
        ...gridMarks(),
        ...bandMarks(rows),
        Plot.line(rows, { x: 'x', y: 'y', stroke: plotStyle.blue, strokeWidth: 2 }),
        ...axisTitles(`${items} decided, most confident first`, 'accuracy'),
      ],
    },
    `Accuracy against the share of ${items} decided`,
  );
}

export interface LearningCurvePlotData extends FigureSize {
  readonly series: readonly { readonly label: string; readonly curve: Curve }[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale?: 'linear' | 'log';
  readonly yScale?: 'linear' | 'log';
}

/** Several curves by epoch or by training-set size, each named at its end. */
export function learningCurvePlot(data: LearningCurvePlotData): string {
  const { series, xLabel, yLabel, xScale = 'linear', yScale = 'linear', width = 420, height = 340 } = data;
  const [marginTop, marginBottom] = [14, 44];
  const longest = Math.max(4, ...series.map(({ label }) => label.length));
  const xs = series.flatMap(({ curve }) => Array.from(curve.x));
  const span = [Math.min(...xs), Math.max(...xs)] as const;
  const whole = xScale === 'log' && xs.length > 0 ? decades(...span) : [];
  // Less than a decade has no ticks of its own.
  const ticks = whole.length >= 2 ? whole : 5;
  const rowsOf = series.map(({ curve }) => curveRows(curve));
  const ys = rowsOf.flat().flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]);
  const yRange = [height - marginBottom, marginTop];
  const y = { type: yScale, domain: [Math.min(...ys), Math.max(...ys)], nice: true } as const;
  // Where the axis puts the ends of the curves, in pixels: names of curves that end together move apart.
  const scale = ys.length > 0 ? Plot.scale({ y: { ...y, range: yRange } }) : null;
  const ends = rowsOf.map((rows) =>
    scale === null || rows.length === 0 ? 0 : (scale.apply(rows.at(-1)!.y) as number),
  );
  const places = spreadLabels(ends, 14);
  return renderPlot(
    {
      width,
      height,
      marginLeft: 66,
      marginBottom,
      marginTop,
      marginRight: 16 + 6.6 * longest,
      x: { type: xScale, label: null, ticks, nice: xScale === 'linear' },
      y: { ...(ys.length > 0 ? y : { type: yScale }), label: null, ticks: 5 },
      marks: [
        ...gridMarks(whole.length >= 2 ? span : undefined),
        ...series.flatMap(({ label }, k) => {
          const color = seriesColors[k % seriesColors.length];
          const rows = rowsOf[k];
          return [
            ...bandMarks(rows, color),
            Plot.line(rows, { x: 'x', y: 'y', stroke: color, strokeWidth: 2 }),
            // A handful of training-set sizes are points that were measured, not a line.
            ...(rows.length <= 12 ? [Plot.dot(rows, { x: 'x', y: 'y', r: 3, fill: color })] : []),
            Plot.text(rows.slice(-1), {
              x: 'x',
              y: 'y',
              text: () => label,
              dx: 6,
              dy: places[k] - ends[k],
              textAnchor: 'start',
              fill: color,
              fontWeight: 600,
            }),
          ];
        }),
        ...axisTitles(xLabel, yLabel),
      ],
    },
    `${yLabel} against ${xLabel}`,
  );
}
