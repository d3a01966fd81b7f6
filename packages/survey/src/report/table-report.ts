import {
  coverageAccuracyPlot,
  detPlot,
  errorRatesPlot,
  forestPlot,
  precisionRecallPlot,
  reliabilityPlot,
  rocPlot,
  scoreHistogramPlot,
} from '@blemish/evaluate';
import type { ClassificationMetrics, Interval, ThresholdChoice } from '@blemish/evaluate';
import type { BinaryCurves } from '../learning/curves.ts';
import type { DecidedGroup } from '../learning/decided-objects.ts';
import type { ShuffledImportance } from '../learning/shuffled-importance.ts';
import type { TagFigure } from '../learning/tag-figures.ts';
import { formatInterval, formatNumber, formatPercent, plural } from './format.ts';
import { framesSection } from './frames-section.ts';
import { heatTable } from './heat-table.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, renderPage, tiles } from './page.ts';
import type { Section } from './page.ts';
import { provenanceSection } from './provenance-section.ts';
import { tagSection } from './tag-section.ts';

/** A row of the table worth looking at. */
export interface ExampleRow {
  /** Null where all rows are of one file. */
  readonly file: string | null;
  /** Of its file, from 1. */
  readonly row: number;
  readonly id: string | null;
  readonly label: string;
  readonly decided: string;
  /** Of the true class. */
  readonly probability: number;
}

export interface TableReportData {
  readonly title: string;
  readonly generatedAt: string;
  readonly command: string;
  /** Which rows the figures are of. */
  readonly measuredOn: string;
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly sha256: string | null;
    readonly learner: string;
    readonly trainedOn: string;
  };
  readonly metrics: ClassificationMetrics;
  /** Two classes only. */
  readonly curves: BinaryCurves | null;
  readonly threshold: ThresholdChoice | null;
  /** Two classes: by the words of the rows; empty without words. */
  readonly byTag: readonly TagFigure[];
  /** Rows with frames; empty of others. */
  readonly objects: readonly DecidedGroup[];
  readonly worst: readonly ExampleRow[];
  readonly best: readonly ExampleRow[];
  /** As the learner's fit yields it; none where it yields none. */
  readonly importance: readonly { readonly name: string; readonly value: number }[];
  /** By shuffling columns of rows not learned from; null where it was not measured. */
  readonly shuffled: ShuffledImportance | null;
  readonly notes: readonly string[];
  readonly provenance: readonly (readonly [string, string])[];
}

const size = { width: 500, height: 350 } as const;

/** Names of the figures as people say them; others follow under their own. */
export const figureNames: Readonly<Record<string, string>> = {
  auc: 'ROC AUC',
  averagePrecision: 'Average precision',
  accuracy: 'Accuracy',
  balancedAccuracy: 'Balanced accuracy',
  precision: 'Precision',
  recall: 'Recall',
  f1: 'F1',
  mcc: "Matthews' correlation",
  fpr: 'False-positive rate',
  fnr: 'False-negative rate',
  logLoss: 'Log loss',
  brier: 'Brier score',
  ece: 'Expected calibration error',
};

/** The report of a classifier of tables as one self-contained HTML page; its numbers are those of `metrics.json`. */
export function renderTableReport(data: TableReportData): string {
  const { metrics, threshold, importance, notes } = data;
  const sections: Section[] = [
    {
      id: 'figures',
      title: 'Figures',
      aside: `${100 * metrics.confidence} % intervals`,
      body: figureTable(metrics),
    },
    ...(data.curves === null
      ? []
      : [{ id: 'curves', title: 'Curves', body: curves(data.curves, metrics, threshold) }]),
    ...(data.byTag.length === 0 ? [] : [tagSection(data.byTag, metrics)]),
    { id: 'classes', title: 'By class', body: classTable(metrics) },
    {
      id: 'confusion',
      title: 'Confusion',
      body: html`${heatTable({
          rows: metrics.classes,
          columns: metrics.classes,
          counts: metrics.confusion,
          rowTitle: 'True class',
          countTitle: 'Rows',
        })}
        <p class="muted">Columns: the class decided for. Shade: share of the row.</p>`,
    },
    { id: 'examples', title: 'Rows to look at', body: examples(data) },
    ...(data.objects.length === 0
      ? []
      : [framesSection(data.objects, metrics.classes.length === 2 ? metrics.classes[1] : null)]),
    ...(importance.length === 0 && data.shuffled === null
      ? []
      : [
          {
            id: 'importance',
            title: 'Importance of columns',
            body: html`${data.shuffled === null ? '' : shuffledPlot(data.shuffled)}${importance.length === 0 ? '' : importanceTable(importance)}`,
          },
        ]),
    ...(threshold === null
      ? []
      : [{ id: 'threshold', title: 'Threshold', body: html`<p>${threshold.sentence}</p>` }]),
    provenanceSection(
      data.provenance,
      notes.map((note) => html`<p class="banner">${note}</p>`),
    ),
  ];
  const tile = (key: string, style: 'number' | 'percent') => {
    const interval = metrics.metrics[key];
    const format = style === 'percent' ? formatPercent : formatNumber;
    return interval.value === null
      ? { label: figureNames[key], value: 'n/a', note: interval.reason }
      : {
          label: figureNames[key],
          value: format(interval.value),
          note: `${format(interval.low)} to ${format(interval.high)}`,
        };
  };
  return renderPage({
    title: data.title,
    subtitle: html`Measured on ${data.measuredOn} · ${data.model.name} ${data.model.version}
    (${data.model.learner}, trained on ${data.model.trainedOn}) ·
    ${data.generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: tiles([
      tile('auc', 'number'),
      tile('accuracy', 'percent'),
      tile('balancedAccuracy', 'percent'),
      tile('logLoss', 'number'),
      {
        label: 'rows',
        value: metrics.n.toLocaleString('en'),
        note: metrics.nGroups === null ? undefined : `of ${plural(metrics.nGroups, 'group')}`,
      },
    ]),
    sections,
    footer: html`Written by Blemish; the same numbers are in metrics.json. This page is complete in itself: it
    loads nothing from the network.`,
  });
}

export function figureTable(metrics: ClassificationMetrics): Html {
  return html`<div class="tablewrap">
    <table>
      <thead>
        <tr>
          <th>Figure</th>
          <th class="num">Value</th>
          <th>Interval</th>
        </tr>
      </thead>
      <tbody>
        ${Object.entries(metrics.metrics).map(
          ([key, interval]) =>
            html`<tr>
              <td>${figureNames[key] ?? key}</td>
              ${cells(interval)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function cells(interval: Interval): Html {
  if (interval.value === null)
    return html`<td class="num">n/a</td>
      <td class="wrap muted">${interval.reason}</td>`;
  const { value, low, high, note } = interval;
  return html`<td class="num"><b>${formatNumber(value, 4)}</b></td>
    <td>
      ${formatNumber(low, 4)} to
      ${formatNumber(high, 4)}${note === undefined ? '' : html` <span class="muted">(${note})</span>`}
    </td>`;
}

/** Curves of two classes. @param items what a row of the data is called, in the plural */
export function curves(
  { roc, det, precisionRecall, reliability, histogram, coverageAccuracy }: BinaryCurves,
  { confusion, classes }: Pick<ClassificationMetrics, 'confusion' | 'classes'>,
  choice: Pick<ThresholdChoice, 'threshold'> | null,
  items = 'rows',
): Html {
  const [negativeClass, positiveClass] = classes;
  const wording = { negative: `${negativeClass} ${items}`, positive: `${positiveClass} ${items}` };
  const threshold = choice?.threshold ?? 0.5;
  const [[tn, fp], [fn, tp]] = confusion;
  const name = `threshold ${threshold.toPrecision(3)}`;
  const point = { x: fp / (fp + tn), y: tp / (tp + fn), label: name };
  return html`<div class="plots">
    ${figure(rocPlot({ curve: roc, points: [point], ...wording, ...size }), 'ROC', 'With pointwise band; dashed: chance. The left edge stands for 0.01 % and below.')}
    ${figure(detPlot({ ...det, threshold, ...wording, ...size }), 'Detection error trade-off', 'Dark points have high thresholds; rates below 0.1 % lie on the axes.')}
    ${figure(errorRatesPlot({ ...det, threshold, ...wording, ...size }), 'Error rates against threshold', 'What another threshold would cost; above, the rates at the one in use.')}
    ${figure(
      precisionRecallPlot({
        ...size,
        positive: wording.positive,
        curve: precisionRecall,
        prior: (tp + fn) / (tp + fn + fp + tn),
        points: tp + fp > 0 ? [{ x: point.y, y: tp / (tp + fp), label: name }] : [],
      }),
      'Precision and recall',
      `Dashed: the share of ${wording.positive}.`,
    )}
    ${figure(reliabilityPlot({ bins: reliability, positive: wording.positive, ...size }), 'Reliability', `Calibrated probabilities lie on the dashed line; beside each point its number of ${items}.`)}
    ${figure(scoreHistogramPlot({ ...histogram, threshold, names: { negative: negativeClass, positive: positiveClass }, xLabel: `probability of ${positiveClass}`, yLabel: items, ...size }), 'Scores', 'Logarithmic counts.')}
    ${coverageAccuracy === undefined ? '' : figure(coverageAccuracyPlot({ curve: coverageAccuracy, items, ...size }), 'Accuracy when abstaining', `Deciding only the ${items} farthest from the threshold.`)}
  </div>`;
}

export function classTable({ perClass }: Pick<ClassificationMetrics, 'perClass'>, items = 'Rows'): Html {
  const keys = Object.keys(perClass[0].metrics);
  return html`<div class="tablewrap">
    <table>
      <thead>
        <tr>
          <th>Class</th>
          <th class="num">${items}</th>
          ${keys.map((key) => html`<th>${figureNames[key] ?? key}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${perClass.map(
          ({ name, n, metrics }) =>
            html`<tr>
              <td>${name}</td>
              <td class="num">${n.toLocaleString('en')}</td>
              ${keys.map((key) => html`<td>${formatInterval(metrics[key])}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function examples({ worst, best }: TableReportData): Html {
  const list = (title: string, rows: readonly ExampleRow[]) =>
    html`<div>
      <h3>${title}</h3>
      <div class="tablewrap">
        <table>
          <thead>
            <tr>
              ${rows.some(({ file }) => file !== null) ? html`<th>File</th>` : ''}
              <th class="num">Row</th>
              ${rows.some(({ id }) => id !== null) ? html`<th>Name</th>` : ''}
              <th>True class</th>
              <th>Decided</th>
              <th class="num">Probability of the true class</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ({ file, row, id, label, decided, probability }) =>
                html`<tr>
                  ${file === null ? '' : html`<td>${file}</td>`}
                  <td class="num">${row}</td>
                  ${id === null ? '' : html`<td>${id}</td>`}
                  <td>${label}</td>
                  <td>${decided}</td>
                  <td class="num">${probability.toPrecision(3)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </div>`;
  return html`<div class="columns">${list('Most surely wrong', worst)}${list('Most surely right', best)}</div>
    <p class="muted">Rows that are surely wrong are the first to check for a wrong label.</p>`;
}

function shuffledPlot({ metric, columns, repeats, how }: ShuffledImportance): Html {
  const shown = columns.slice(0, 30);
  const plot = forestPlot({
    rows: shown.map(({ name, importance, low, high }) => ({
      name,
      interval: { value: importance, low, high },
    })),
    label: `loss of ${metric} with the column shuffled`,
    reference: { value: 0, label: 'not needed' },
    digits: 4,
    width: 900,
  });
  const more = shown.length < columns.length ? ` The first ${shown.length} of ${columns.length}.` : '';
  return figure(
    plot,
    'By shuffling',
    `Mean of ${repeats} shuffles of each column among ${how}, with its interval over shuffles.${more} Columns that say the same cover for one another: each alone then looks unimportant.`,
    true,
  );
}

function importanceTable(importance: TableReportData['importance']): Html {
  const most = importance[0].value;
  return html`<h3>By the fit</h3>
    <div class="bars">
      ${importance
        .slice(0, 30)
        .map(
          ({ name, value }) =>
            html`<span>${name}</span
              ><span class="bar"
                ><i style="width:${((100 * value) / most).toFixed(1)}%;background:#0072b2"></i></span
              ><span class="n">${formatNumber(value)}</span>`,
        )}
    </div>
    <p class="muted">As the learner's fit yields it; shares of 1. Columns that say the same share it.</p>`;
}
