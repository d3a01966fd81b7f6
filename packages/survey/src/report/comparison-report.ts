import { forestPlot, rocComparisonPlot } from '@blemish/evaluate';
import type { Curve, Interval, PairedDifference } from '@blemish/evaluate';
import type { TableComparison } from '../learning/comparison.ts';
import { dataTable } from './data-table.ts';
import { formatNumber, formatPercent, formatSigned, plural } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, renderPage, tiles } from './page.ts';
import type { Section } from './page.ts';
import { provenanceSection } from './provenance-section.ts';

export interface ComparisonReportData {
  readonly comparison: TableComparison;
  /** ROC curve at the first training seed; none where there are not two classes. */
  readonly curves: readonly { readonly label: string; readonly curve: Curve }[];
  readonly generatedAt: string;
  readonly provenance: readonly (readonly [string, string])[];
  readonly interrupted: boolean;
}

/** The report of several models on the same rows as one self-contained HTML page; its numbers are those of `comparison.json`. */
export function renderComparisonReport(data: ComparisonReportData): string {
  const { comparison, curves, generatedAt, provenance, interrupted } = data;
  const { models, measuredOn, n, trained } = comparison;
  const trainedModels = models.filter(({ recipe }) => recipe !== null);
  const [best] = models;
  const sections: Section[] = [
    { id: 'models', title: 'Models', aside: '95 % intervals', body: modelTable(comparison) },
    { id: 'figures', title: 'Figures with intervals', body: forests(comparison) },
    ...(curves.length === 0
      ? []
      : [
          {
            id: 'roc',
            title: 'ROC curves',
            body: figure(
              rocComparisonPlot({
                series: curves,
                positive: `${comparison.classes[1]} rows`,
                negative: `${comparison.classes[0]} rows`,
                width: 760,
                height: 420,
              }),
              'ROC',
              'Of the first training seed. Dashed grey: chance. The left edge stands for 0.01 % and below.',
              true,
            ),
          },
        ]),
    ...(models.length < 2
      ? []
      : [
          {
            id: 'differences',
            title: `Differences to ${best.name}`,
            aside: 'same rows, 95 % intervals',
            body: differenceTable(comparison),
          },
        ]),
    provenanceSection(provenance),
  ];
  return renderPage({
    title: `${plural(trainedModels.length, 'model')} compared`,
    subtitle: html`Trained on ${plural(trained, 'row')}, measured on ${plural(n, 'row')} of ${measuredOn} ·
    ${generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: html`${
      interrupted ? html`<p class="banner">Interrupted: recipes that were not done are missing.</p>` : ''
    }${tiles([
      { label: 'best ROC AUC', value: best.name, note: range(best.auc) },
      ...models
        .filter(({ recipe }) => recipe === null)
        .map(({ accuracy }) => ({
          label: 'accuracy of the majority',
          value: accuracy.value === null ? 'n/a' : formatPercent(accuracy.value),
          note: 'what any model must beat',
        })),
    ])}`,
    sections,
    footer: html`Written by Blemish; the same numbers are in comparison.json. This page is complete in itself:
    it loads nothing from the network.`,
  });
}

function modelTable({ models }: TableComparison): Html {
  const number = (label: string, digits = 4) => ({ label, kind: 'number', digits }) as const;
  const text = (label: string) => ({ label, kind: 'text' }) as const;
  return html`${dataTable({
      columns: [
        text('Model'),
        text('Learner'),
        number('ROC AUC'),
        text('Interval'),
        text('Over seeds'),
        number('Accuracy'),
        text('Interval'),
        number('Log loss'),
        number('Fit, s'),
        number('Predict, s', 3),
      ],
      rows: models.map((model) => [
        model.name,
        model.learner,
        model.auc.value,
        range(model.auc),
        overSeeds(model),
        model.accuracy.value,
        range(model.accuracy),
        model.metrics['logLoss'].value,
        model.seconds.fit,
        model.seconds.predict,
      ]),
      pageSize: 100,
    })}
    <p class="muted">
      Values and intervals are those of the first training seed; over seeds: mean ± standard deviation. Times
      are medians, on a machine that may have had other work.
    </p>`;
}

/** The majority is left out: next to it all others are one point. */
function forests({ models }: TableComparison): Html {
  const trained = models.filter(({ recipe }) => recipe !== null);
  const forest = (label: string, pick: (model: (typeof models)[number]) => Interval): string =>
    forestPlot({
      rows: trained.map((model) => ({ name: model.name, interval: pick(model) })),
      label,
      digits: 4,
    });
  return html`<div class="plots">
    ${figure(
      forest('ROC AUC', ({ auc }) => auc),
      'ROC AUC',
      'Intervals may overlap and the models still differ: see the differences below.',
      true,
    )}
    ${figure(
      forest('accuracy', ({ accuracy }) => accuracy),
      'Accuracy',
      'Each row decided for the likelier class.',
      true,
    )}
  </div>`;
}

function differenceTable({ models }: TableComparison): Html {
  const difference = ({ difference: d, p }: PairedDifference): Html =>
    d.value === null
      ? html`<td class="num">n/a</td>
          <td class="wrap muted">${d.reason}</td>
          <td></td>`
      : html`<td class="num"><b>${formatSigned(d.value)}</b></td>
          <td>${formatSigned(d.low)} to ${formatSigned(d.high)}</td>
          <td class="num">${p === null ? '–' : formatNumber(p)}</td>`;
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Model</th>
            <th class="num">ROC AUC</th>
            <th>Interval</th>
            <th class="num">p</th>
            <th class="num">Accuracy</th>
            <th>Interval</th>
            <th class="num">p</th>
            <th class="num">Right alone</th>
            <th class="num">${models[0].name} alone</th>
            <th class="num">McNemar's p</th>
          </tr>
        </thead>
        <tbody>
          ${models.map(({ name, behind }) =>
            behind === null
              ? ''
              : html`<tr>
                  <td>${name}</td>
                  ${difference(behind.auc)}${difference(behind.accuracy)}
                  <td class="num">${behind.mcnemar.onlyA.toLocaleString('en')}</td>
                  <td class="num">${behind.mcnemar.onlyB.toLocaleString('en')}</td>
                  <td class="num">${formatNumber(behind.mcnemar.exact)}</td>
                </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="muted">
      Paired bootstrap: both models on the same resamples (of groups, where there are groups). Right alone:
      rows only this model decides rightly, which McNemar's exact test weighs against those only the best
      does; it takes rows as independent. Nothing is corrected for the number of models compared.
    </p>`;
}

function range(interval: Interval): string {
  return interval.value === null
    ? interval.reason
    : `${formatNumber(interval.low, 4)} to ${formatNumber(interval.high, 4)}`;
}

function overSeeds({ auc, seeds, deterministic }: TableComparison['models'][number]): string {
  if (auc.mean === null || auc.spread === null || seeds.length === 1) return '';
  return deterministic
    ? 'always the same'
    : `${formatNumber(auc.mean, 4)} ± ${formatNumber(auc.spread, 4)} (${seeds.length})`;
}
