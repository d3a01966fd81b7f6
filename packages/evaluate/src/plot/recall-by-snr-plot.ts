import * as Plot from '@observablehq/plot';
import type { Interval } from '../types.ts';
import { formatPercent, renderPlot } from './render.ts';
import type { FigureSize } from './render.ts';
import { plotStyle } from './style.ts';

export interface RecallBySnrData extends FigureSize {
  readonly classes: readonly {
    readonly name: string;
    readonly bins: readonly {
      readonly low: number;
      readonly high: number;
      readonly n: number;
      readonly recall: Interval;
    }[];
  }[];
  /** Signal-to-noise above which figures are demanded: marked. */
  readonly minimumSnr?: number | undefined;
  readonly columns?: number;
}

/** Recall against signal-to-noise, one small panel a class on common axes; each point a bin with its interval. */
export function recallBySnrPlot({
  classes,
  minimumSnr,
  columns = 4,
  width = 860,
  height,
}: RecallBySnrData): string {
  const shown = classes.filter(({ bins }) => bins.some(({ recall }) => recall.value !== null));
  const nRows = Math.max(1, Math.ceil(shown.length / columns));
  const place = (i: number) => ({ fx: i % columns, fy: Math.floor(i / columns) });
  const rows = shown.flatMap(({ bins }, i) =>
    bins.flatMap(({ low, high, n, recall }) =>
      recall.value === null
        ? []
        : [{ ...place(i), x: Math.sqrt(low * high), y: recall.value, low: recall.low, high: recall.high, n }],
    ),
  );
  const titles = shown.map(({ name }, i) => ({ ...place(i), name }));
  const first = Math.min(...shown.flatMap(({ bins }) => bins.map(({ low }) => low)), 1e6);
  const last = Math.max(...shown.flatMap(({ bins }) => bins.map(({ high }) => high)), first * 10);
  return renderPlot(
    {
      width,
      height: height ?? 60 + 116 * nRows,
      marginLeft: 66,
      marginBottom: 46,
      marginTop: 22,
      marginRight: 8,
      x: {
        type: 'log',
        domain: [first, last],
        label: null,
        ticks: 3,
        tickFormat: (v: number) => `${Number(v.toPrecision(2))}`,
      },
      y: { domain: [0, 1], label: null, tickFormat: formatPercent },
      fx: {
        padding: 0.1,
        axis: null,
        domain: Array.from({ length: Math.min(columns, Math.max(1, shown.length)) }, (_, i) => i),
      },
      fy: { padding: 0.28, axis: null, domain: Array.from({ length: nRows }, (_, i) => i) },
      marks: [
        Plot.axisX({ facetAnchor: 'bottom-empty', tickSize: 3, label: null }),
        Plot.axisY([0, 0.5, 1], { facetAnchor: 'left', tickSize: 0, label: null, tickFormat: formatPercent }),
        Plot.ruleY(
          titles.flatMap((title) => [0, 0.5, 1].map((y) => ({ ...title, y }))),
          { y: 'y', fx: 'fx', fy: 'fy', stroke: plotStyle.grid },
        ),
        ...(minimumSnr === undefined
          ? []
          : [
              Plot.ruleX(titles, {
                x: minimumSnr,
                fx: 'fx',
                fy: 'fy',
                stroke: plotStyle.muted,
                strokeDasharray: '2,3',
              }),
            ]),
        Plot.ruleX(rows, {
          fx: 'fx',
          fy: 'fy',
          x: 'x',
          y1: 'low',
          y2: 'high',
          stroke: plotStyle.blue,
          strokeWidth: 1.5,
          strokeOpacity: 0.55,
        }),
        Plot.line(rows, {
          fx: 'fx',
          fy: 'fy',
          x: 'x',
          y: 'y',
          z: null,
          stroke: plotStyle.blue,
          strokeWidth: 1,
        }),
        Plot.dot(rows, { fx: 'fx', fy: 'fy', x: 'x', y: 'y', r: 3, fill: plotStyle.blue }),
        Plot.text(titles, {
          fx: 'fx',
          fy: 'fy',
          text: 'name',
          frameAnchor: 'top-left',
          dy: -14,
          fontWeight: 600,
        }),
        Plot.text(['signal-to-noise'], {
          frameAnchor: 'bottom',
          facet: 'super',
          dy: 40,
          fill: plotStyle.muted,
        }),
        Plot.text(['recall'], {
          frameAnchor: 'left',
          facet: 'super',
          rotate: -90,
          dx: -56,
          fill: plotStyle.muted,
          textAnchor: 'middle',
        }),
      ],
    },
    'Recall against signal-to-noise by class',
  );
}
