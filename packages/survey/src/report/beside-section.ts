import type { Interval } from '@blemish/evaluate';
import { formatInterval } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import type { EvaluationReportData } from './types.ts';

const columns: readonly (readonly [key: string, title: string, style: 'number' | 'percent'])[] = [
  ['auc', 'ROC AUC, artifact or none', 'number'],
  ['accuracy', 'Accuracy', 'percent'],
  ['top1_accuracy', 'Class right, of one artifact', 'percent'],
  ['top1_with_none_accuracy', 'The same, none an answer', 'percent'],
  ['macro_auc', 'ROC AUC, mean over classes', 'number'],
];

/** This model and others on the same images, with the trivial answer and what papers report of theirs. */
export function besideTable({ metrics, beside = [] }: EvaluationReportData): Html {
  const trivial: Readonly<Record<string, Interval | undefined>> = {
    auc: { value: 0.5, low: 0.5, high: 0.5 },
    accuracy: metrics.metrics['majority_accuracy'],
    top1_accuracy: [metrics, ...beside]
      .map((other) => other.metrics['top1_majority_accuracy'])
      .find((interval) => interval?.value !== null),
    macro_auc: { value: 0.5, low: 0.5, high: 0.5 },
  };
  const cell = (interval: Interval | undefined, style: 'number' | 'percent') =>
    interval === undefined || interval.value === null
      ? html`<td class="num muted">–</td>`
      : html`<td class="num">
          ${interval.low === interval.high ? interval.value : formatInterval(interval, style)}
        </td>`;
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Model</th>
            ${columns.map(([, title]) => html`<th class="num">${title}</th>`)}
            <th>Its paper: accuracy</th>
          </tr>
        </thead>
        <tbody>
          ${[metrics, ...beside].map(
            ({ model, metrics: own }) =>
              html`<tr>
                <td>${model.name}</td>
                ${columns.map(([key, , style]) => cell(own[key], style))}
                <td>${model.reported ?? '–'}</td>
              </tr>`,
          )}
          <tr class="baseline">
            <td>The trivial answer (baseline)</td>
            ${columns.map(([key, , style]) => cell(trivial[key], style))}
            <td>–</td>
          </tr>
        </tbody>
      </table>
    </div>
    <p class="muted">
      Accuracy is at each model's own threshold. Class right: images with a single class of the Exposure
      Checker, whose likeliest class of these is that one. Figures of papers are on other data, and stand here
      for orientation.
    </p>`;
}
