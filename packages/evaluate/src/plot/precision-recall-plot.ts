import * as Plot from '@observablehq/plot';
import { axisTitles, bandMarks, curveRows, pointMarks } from './roc-plot.ts';
import type { Curve, NamedPoint } from './roc-plot.ts';
import { formatPercent, gridMarks, renderPlot } from './render.ts';
import type { FigureSize, Wording } from './render.ts';
import { plotStyle } from './style.ts';

export interface PrecisionRecallPlotData extends FigureSize, Omit<Wording, 'negative'> {
  /** x recall, y precision. */
  readonly curve: Curve;
  /** Share of positives in these data: the precision of flagging everything. */
  readonly prior?: number | undefined;
  readonly points?: readonly NamedPoint[];
}

/** Precision against recall, stepped as average precision counts it. */
export function precisionRecallPlot({
  curve,
  prior,
  points = [],
  positive = 'bad images',
  width = 420,
  height = 340,
}: PrecisionRecallPlotData): string {
  const rows = curveRows(curve);
  return renderPlot(
    {
      width,
      height,
      marginLeft: 66,
      marginBottom: 44,
      marginTop: 14,
      marginRight: 14,
      x: { domain: [0, 1], label: null, ticks: 5, tickFormat: formatPercent },
      y: { domain: [0, 1], label: null, ticks: 5, tickFormat: formatPercent },
      marks: [
        ...gridMarks(),
        ...(prior === undefined
          ? []
          : [Plot.ruleY([prior], { stroke: plotStyle.muted, strokeDasharray: '3,3' })]),
        ...bandMarks(rows),
        Plot.line(rows, { x: 'x', y: 'y', stroke: plotStyle.blue, strokeWidth: 2, curve: 'step-before' }),
        ...pointMarks(points, 'left'),
        ...axisTitles(`${positive} found (recall)`, `${positive} among the flagged (precision)`),
      ],
    },
    'Precision against recall',
  );
}
