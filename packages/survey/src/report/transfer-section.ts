import { learningCurvePlot } from '@blemish/evaluate';
import type { Interval } from '@blemish/evaluate';
import type { PaperFigures } from '../paper-figures.ts';
import type { FinetunePoint } from '../stamp-models/finetune-point.ts';
import { formatInterval, formatNumber } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure } from './page.ts';
import { figureNames } from './table-report.ts';

const modeNames: Readonly<Record<FinetunePoint['mode'], string>> = {
  'zero-shot': 'as it comes',
  features: 'last layer',
  nothing: 'all layers',
  scratch: 'from scratch',
};
const shown = ['auc', 'balancedAccuracy', 'accuracy', 'mcc', 'logLoss', 'ece'];

/** ROC AUC against the number of labels, with intervals. */
export function transferCurve(points: readonly FinetunePoint[]): Html {
  const zero = points.find(({ mode }) => mode === 'zero-shot');
  const counts = [...new Set(points.map(({ labels }) => labels).filter((labels) => labels > 0))].sort(
    (a, b) => a - b,
  );
  const plotted = (label: string, own: readonly { readonly x: number; readonly auc: Interval }[]) => {
    const known = own.flatMap(({ x, auc }) => (auc.value === null ? [] : [{ x, ...auc }]));
    const values = (key: 'x' | 'value' | 'low' | 'high') => known.map((point) => point[key]);
    return {
      label,
      curve: { x: values('x'), y: values('value'), low: values('low'), high: values('high') },
    };
  };
  const series = (['features', 'nothing', 'scratch'] as const)
    .map((mode) =>
      plotted(
        modeNames[mode],
        points
          .filter((point) => point.mode === mode)
          .map(({ labels, metrics }) => ({ x: labels, auc: metrics['auc'] }))
          .sort((a, b) => a.x - b.x),
      ),
    )
    .filter((each) => each.curve.x.length > 0);
  const flat =
    zero === undefined
      ? []
      : [
          plotted(
            modeNames['zero-shot'],
            counts.map((x) => ({ x, auc: zero.metrics['auc'] })),
          ),
        ];
  return figure(
    learningCurvePlot({
      series: [...flat, ...series],
      xLabel: 'labels of the other survey',
      yLabel: 'ROC AUC',
      xScale: 'log',
      width: 640,
    }),
    'ROC AUC by labels',
    'Shaded: 95 % intervals. A fifth of the labels choose epoch and temperature. The model as it comes needs none.',
    true,
  );
}

/** Figures of every training of the study, and the paper's. */
export function transferTable(points: readonly FinetunePoint[], paper: PaperFigures | null): Html {
  return html`<div class="tablewrap">
    <table>
      <thead>
        <tr>
          <th class="num">Labels</th>
          <th>Trained</th>
          ${shown.map((name) => html`<th>${figureNames[name]}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${points.map(
          ({ labels, mode, metrics }) =>
            html`<tr>
              <td class="num">${labels}</td>
              <td>${modeNames[mode]}</td>
              ${shown.map((name) => html`<td>${name in metrics ? formatInterval(metrics[name]) : '–'}</td>`)}
            </tr>`,
        )}
        ${
          paper === null
            ? ''
            : html`<tr>
                <td class="num">–</td>
                <td>${paper.title}</td>
                ${shown.map((name) => html`<td>${formatNumber(paper.figures[name])}</td>`)}
              </tr>`
        }
      </tbody>
    </table>
  </div>`;
}
