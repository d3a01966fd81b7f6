import {
  coverageAccuracyPlot,
  detPlot,
  intervalBarsPlot,
  learningCurvePlot,
  precisionRecallPlot,
  recallBySnrPlot,
  reliabilityPlot,
  rocPlot,
  scoreHistogramPlot,
} from '@blemish/evaluate';
import type { Interval } from '@blemish/evaluate';
import { besideTable } from './beside-section.ts';
import { formatInterval, formatNumber, formatPercent, plural } from './format.ts';
import { heatTable } from './heat-table.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, nameValueList, renderPage, tiles } from './page.ts';
import type { Section } from './page.ts';
import { thresholdSection } from './threshold-section.ts';
import type { ClassMetrics, EvaluationMetrics, EvaluationReportData } from './types.ts';

/** Names and styles of the headline figures, in order; others follow under their own name. */
const headline: readonly (readonly [string, string, 'number' | 'percent'])[] = [
  ['auc', 'ROC AUC, artifact or none', 'number'],
  ['auc_all_snr', 'ROC AUC at any signal-to-noise', 'number'],
  ['macro_auc', 'ROC AUC, mean over classes', 'number'],
  ['macro_average_precision', 'Average precision, mean over classes', 'number'],
  ['mean_iou', 'IoU of masks, mean over classes', 'number'],
  ['average_precision', 'Average precision', 'number'],
  ['accuracy', 'Accuracy at the threshold', 'percent'],
  ['majority_accuracy', 'Accuracy of always saying what is commoner', 'percent'],
  ['top1_accuracy', 'Likeliest class right, images with one class', 'percent'],
  ['top1_majority_accuracy', 'The same of always saying the commonest class', 'percent'],
  ['top1_with_none_accuracy', 'The same where "No artifact" is an answer too', 'percent'],
  ['false_flags_per_exposure', 'Good CCDs flagged per exposure at the threshold', 'number'],
  ['log_loss', 'Log loss', 'number'],
  ['brier', 'Brier score', 'number'],
  ['expected_calibration_error', 'Expected calibration error', 'number'],
];

const size = { width: 500, height: 350 } as const;

/** The report of `blemish evaluate` as one self-contained HTML page; its numbers are those of `metrics.json`. */
export function renderEvaluationReport(data: EvaluationReportData): string {
  const { metrics } = data;
  const strong = `signal-to-noise ≥ ${metrics.minimumSnr}`;
  const rates = metrics.fprs.map(formatRate);
  const sections: Section[] = [
    {
      id: 'figures',
      title: 'Figures',
      aside: `${100 * metrics.bootstrap.confidence} % intervals`,
      body: figures(metrics, strong),
    },
    ...(data.beside === undefined || data.beside.length === 0
      ? []
      : [{ id: 'beside', title: 'Beside other models', aside: strong, body: besideTable(data) }]),
    { id: 'curves', title: 'Artifact or none', aside: strong, body: curves(data) },
    { id: 'classes', title: 'By class', aside: strong, body: classTable(metrics, rates) },
    {
      id: 'snr',
      title: 'Recall against signal-to-noise',
      aside: `at ${rates[rates.length - 1]} false positives`,
      body: metrics.classes.some(({ recallBySnr }) => recallBySnr.length > 0)
        ? figure(
            recallBySnrPlot({
              classes: metrics.classes.map(({ name, recallBySnr }) => ({ name, bins: recallBySnr })),
              minimumSnr: metrics.minimumSnr,
              width: 1080,
            }),
            '',
            `Each point is a bin with its interval. Dotted: signal-to-noise ${metrics.minimumSnr}, from which the figures above count.`,
            true,
          )
        : html`<p>No signal-to-noise is known of these artifacts.</p>`,
    },
    { id: 'masks', title: 'Masks', body: masks(metrics) },
    { id: 'confusion', title: 'Confusion', aside: strong, body: confusion(data) },
    {
      id: 'threshold',
      title: 'Threshold',
      body: html`${thresholdSection(metrics.threshold, data.model.trainedOn)}
        <h3>On this test set</h3>
        ${nameValueList([
          [
            'Good images flagged',
            `${formatInterval(metrics.atThreshold.fpr, 'percent')}, ${metrics.atThreshold.fp} of ${metrics.atThreshold.fp + metrics.atThreshold.tn}`,
          ],
          [
            'Bad images missed',
            `${formatInterval(metrics.atThreshold.fnr, 'percent')}, ${metrics.atThreshold.fn} of ${metrics.atThreshold.fn + metrics.atThreshold.tp}`,
          ],
        ])}`,
    },
    { id: 'provenance', title: 'Provenance', body: provenance(data) },
  ];
  const tile = (key: string, label: string, style: 'number' | 'percent') => {
    const interval = metrics.metrics[key] ?? { value: null, reason: 'not measured' };
    return {
      label,
      value:
        interval.value === null
          ? 'n/a'
          : style === 'percent'
            ? formatPercent(interval.value)
            : formatNumber(interval.value),
      note: interval.value === null ? interval.reason : range(interval, style),
    };
  };
  return renderPage({
    title: data.title,
    subtitle: html`${data.dataset} · ${data.model.name} ${data.model.version} ·
    ${data.generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: html`${
      metrics.simulated
        ? html`<p class="banner">
            <b>Simulated test images.</b> Every figure on this page is measured on simulated skies with known
            truth. It says how well the model finds what the simulator makes, not how well it does on a real
            camera.
          </p>`
        : ''
    }${tiles([
      tile('auc', 'ROC AUC, artifact or none', 'number'),
      tile('macro_auc', 'ROC AUC, mean over classes', 'number'),
      ...metrics.fprs.map((fpr, f) =>
        tile(`recall_at_fpr_${fpr}`, `recall at ${rates[f]} false positives`, 'percent'),
      ),
      tile('mean_iou', 'IoU of masks', 'number'),
      {
        label: 'test images',
        value: metrics.n.toLocaleString('en'),
        note: metrics.nGroups === null ? undefined : `of ${plural(metrics.nGroups, 'exposure')}`,
      },
    ])}`,
    sections,
    footer: html`Written by Blemish; the same numbers are in metrics.json. This page is complete in itself: it
    loads nothing from the network.`,
  });
}

function range(interval: Extract<Interval, { value: number }>, style: 'number' | 'percent'): string {
  return style === 'percent'
    ? `${formatPercent(interval.low)} to ${formatPercent(interval.high)}`
    : `${formatNumber(interval.low)} to ${formatNumber(interval.high)}`;
}

/** 0.1 % and 1 %, not 0.100 % and 1.00 %. */
function formatRate(fpr: number): string {
  return `${Number((100 * fpr).toPrecision(3))} %`;
}

function figures(metrics: EvaluationMetrics, strong: string): Html {
  const recalls = metrics.fprs.flatMap((fpr) => {
    const at = `at ${formatRate(fpr)} false positives`;
    return [
      [`recall_at_fpr_${fpr}`, `Recall, artifact or none, ${at}`, 'percent'],
      [`macro_recall_at_fpr_${fpr}`, `Recall, mean over classes, ${at}`, 'percent'],
    ] as const;
  });
  const named = [...headline, ...recalls];
  const known = new Set(named.map(([key]) => key));
  const rows = [
    ...named.filter(([key]) => key in metrics.metrics),
    ...Object.keys(metrics.metrics)
      .filter((key) => !known.has(key))
      .map((key) => [key, key.replace(/_/g, ' '), 'number'] as const),
  ];
  const { samples, groups, seed } = metrics.bootstrap;
  return html`<div class="split">
    <div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Figure</th>
            <th class="num">Value</th>
            <th>Interval</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(([key, label, style]) => {
            const interval = metrics.metrics[key];
            return interval.value === null
              ? html`<tr>
                  <td>${label}</td>
                  <td class="num">n/a</td>
                  <td class="wrap muted">${interval.reason}</td>
                </tr>`
              : html`<tr>
                  <td>${label}</td>
                  <td class="num">
                    <b
                      >${style === 'percent' ? formatPercent(interval.value) : formatNumber(interval.value)}</b
                    >
                  </td>
                  <td>
                    ${range(interval, style)}${interval.note === undefined ? '' : html` <span class="muted">(${interval.note})</span>`}
                  </td>
                </tr>`;
          })}
        </tbody>
      </table>
    </div>
    <div>
      <p class="muted">
        Bad images carry an artifact of ${strong}, good ones none; images with fainter artifacts only are left
        out, except where it says at any signal-to-noise. Intervals by bootstrap:
        ${samples.toLocaleString('en')} resamples of ${groups === null ? 'images' : `whole ${groups}s`}, seed
        ${seed}.
      </p>
      <p class="muted">A coin has a ROC AUC of 0.5 and a recall equal to its false-positive rate.</p>
    </div>
  </div>`;
}

function curves(data: EvaluationReportData): Html {
  const { metrics, roc, det, precisionRecall, reliability, histogram, coverageAccuracy, learningCurves } =
    data;
  const { tp, fp, tn, fn } = metrics.atThreshold;
  if (roc.x.length === 0) return html`<p>The test set has one class only: no curve to draw.</p>`;
  const { threshold } = metrics.threshold;
  const name = `threshold ${threshold.toPrecision(3)}`;
  const point = { x: fp / (fp + tn), y: tp / (tp + fn), label: name };
  return html`<div class="plots">
    ${figure(rocPlot({ curve: roc, points: [point], ...size }), 'ROC', 'With pointwise band; dashed: chance. The left edge stands for 0.01 % and below; a threshold below the curve there is stricter than these images need.')}
    ${figure(detPlot({ ...det, threshold, ...size }), 'Detection error trade-off', 'Dark points have high thresholds; rates below 0.1 % lie on the axes.')}
    ${figure(
      precisionRecallPlot({
        ...size,
        curve: precisionRecall,
        prior: (tp + fn) / (tp + fn + fp + tn),
        points: tp + fp > 0 ? [{ x: point.y, y: tp / (tp + fp), label: name }] : [],
      }),
      'Precision and recall',
      'At the share of bad images of this test set (dashed), not of a night.',
    )}
    ${figure(reliabilityPlot({ bins: reliability, ...size }), 'Reliability', 'Calibrated probabilities lie on the dashed line (corrected to the share of bad images here); beside each point its number of images.')}
    ${figure(scoreHistogramPlot({ ...histogram, threshold, ...size }), 'Scores', 'Logarithmic counts.')}
    ${coverageAccuracy === undefined ? '' : figure(coverageAccuracyPlot({ curve: coverageAccuracy, ...size }), 'Accuracy when abstaining', 'Deciding only the images farthest from the threshold.')}
    ${learningCurves === undefined || learningCurves.length === 0 ? '' : figure(learningCurvePlot({ series: learningCurves, xLabel: 'epoch', yLabel: 'loss', ...size }), 'Training', 'Loss by epoch.')}
  </div>`;
}

function classTable(metrics: EvaluationMetrics, rates: readonly string[]): Html {
  const value = (interval: Interval, style: 'number' | 'percent'): Html =>
    interval.value === null
      ? html`<td class="num muted" title="${interval.reason}">n/a</td>
          <td class="muted">–</td>`
      : html`<td class="num">
            <b>${style === 'percent' ? formatPercent(interval.value) : formatNumber(interval.value)}</b>
          </td>
          <td class="muted">${range(interval, style)}</td>`;
  const row = (c: ClassMetrics): Html =>
    html`<tr>
      <td>${c.name}</td>
      <td class="num">${c.nPositive.toLocaleString('en')}</td>
      ${value(c.auc, 'number')}${value(c.averagePrecision, 'number')}${c.recallAtFpr.map(({ recall }) => value(recall, 'percent'))}
    </tr>`;
  const undefinedOnes = metrics.classes.flatMap(({ name, auc }) =>
    auc.value === null ? [`${name}: ${auc.reason}`] : [],
  );
  const defined = metrics.classes.filter(({ nPositive }) => nPositive > 0);
  const prior =
    defined.reduce((sum, c) => sum + c.nPositive / (c.nPositive + c.nNegative), 0) /
    Math.max(1, defined.length);
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Class</th>
            <th class="num">Images</th>
            <th class="num">ROC AUC</th>
            <th></th>
            <th class="num">Avg. precision</th>
            <th></th>
            ${rates.map(
              (rate) =>
                html`<th class="num">Recall at ${rate}</th>
                  <th></th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${metrics.classes.map(row)}
          <tr class="baseline">
            <td>One score for all (baseline)</td>
            <td class="num"></td>
            <td class="num">0.500</td>
            <td></td>
            <td class="num">${formatNumber(prior)}</td>
            <td></td>
            ${rates.map(
              (rate) =>
                html`<td class="num">${rate}</td>
                  <td></td>`,
            )}
          </tr>
        </tbody>
      </table>
    </div>
    ${undefinedOnes.length === 0 ? '' : html`<p class="muted">Not measured, and left out of the means: ${undefinedOnes.join('; ')}.</p>`}
    <p class="muted">Negatives of a class are all images without it, other artifacts included.</p>`;
}

function masks(metrics: EvaluationMetrics): Html {
  const rows = metrics.classes.flatMap(({ name, iou }) => (iou === null ? [] : [{ name, interval: iou }]));
  const without = metrics.classes.filter(({ iou }) => iou === null).map(({ name }) => name);
  if (rows.length === 0) return html`<p>No mask was compared with truth.</p>`;
  return html`<div class="plots">
    ${figure(
      intervalBarsPlot({ rows, label: 'intersection over union', width: 560 }),
      'Overlap of masks with truth',
      'Mean over images that carry the class. Structures 1–3 px wide may be off by 2 px.',
    )}
    <div>
      ${nameValueList([['Mean over classes', formatInterval(metrics.metrics['mean_iou'] ?? null)]])}${
        without.length === 0
          ? ''
          : html`<p class="muted">
              Without a pixel mask (they cover whole CCDs, or none was on the test images):
              ${without.join(', ')}.
            </p>`
      }
    </div>
  </div>`;
}

function confusion({ confusion: { rows, columns, counts } }: EvaluationReportData): Html {
  return html`${heatTable({ rows, columns, counts, rowTitle: 'True class', countTitle: 'Images' })}
    <p class="muted">
      Columns: what the image was flagged as at the threshold. An image with several classes stands in the row
      of each. Shade: share of the row.
    </p>`;
}

function provenance(data: EvaluationReportData): Html {
  const text = (value: string | number | boolean | null): string => (value === null ? '–' : String(value));
  return html`<div class="columns">
    <div>
      <h3>Model</h3>
      ${nameValueList([
        ['Name', `${data.model.name} ${data.model.version}`],
        ['SHA-256', html`<span class="mono">${data.model.sha256}</span>`],
        ['Trained on', data.model.trainedOn],
      ])}
    </div>
    <div>
      <h3>Run</h3>
      ${nameValueList([
        ['Command', html`<span class="mono">${data.command}</span>`],
        ['Finished', data.generatedAt],
        ...Object.entries({ ...data.versions, ...data.settings }).map(
          ([name, value]) => [name, html`<span class="mono">${text(value)}</span>`] as const,
        ),
      ])}
    </div>
  </div>`;
}
