import { detPlot, learningCurvePlot, rocCurve } from '@blemish/evaluate';
import type { Interval } from '@blemish/evaluate';
import type { CcdImageDescription } from '../bundle-description.ts';
import type { ImageFigures } from '../ccd-images/measure.ts';
import { paperAccuracy } from '../ccd-images/paper-accuracy.ts';
import type { Swept, SweepPoint } from '../ccd-images/sweep.ts';
import type { EpochFigures } from '../training/epochs.ts';
import { detPoints } from './build-evaluation.ts';
import { formatInterval, formatNumber, formatPercent, plural } from './format.ts';
import { heatTable } from './heat-table.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, nameValueList, renderPage, tiles } from './page.ts';
import type { Section } from './page.ts';
import { provenanceSection } from './provenance-section.ts';

export interface CcdImageReportData {
  readonly description: CcdImageDescription;
  readonly generatedAt: string;
  readonly command: string;
  /** CCDs trained on. */
  readonly trained: number;
  /** Share dropped; null for a support vector machine. */
  readonly dropout: number | null;
  readonly figures: ImageFigures;
  readonly epochs: readonly EpochFigures[];
  /** The epoch kept, from 0. */
  readonly best: number | null;
  readonly sweep: readonly SweepPoint[];
}

/** The report of a training by the DES whole-CCD paper's methods, with its figures 2 to 6, as one self-contained HTML page. */
export function renderCcdImageReport(data: CcdImageReportData): string {
  const { description, figures, epochs, best, trained } = data;
  const { accuracy, majority } = figures;
  const { provenance } = description;
  return renderPage({
    title: description.name,
    subtitle: html`One class for a whole CCD,
    ${description.classes.length === 2 ? 'artifact or none' : plural(description.classes.length, 'class', 'classes')}.
    Trained on ${plural(trained, 'simulated CCD')}, measured on ${plural(figures.n, 'other')} ·
    ${data.generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: html`<p class="banner">
        <b>Simulated CCDs.</b> The paper's own figures are on real DES data with labels of people: they stand
        beside these for orientation, not for comparison.
      </p>
      ${tiles([
        tile('Accuracy, held out', accuracy),
        tile('The trivial answer', majority.accuracy, `always “${majority.answer}”`),
        { label: 'The paper, real DES data', value: paperAccuracy(description) },
        numberTile('ROC AUC, artifact or none', figures.auc),
      ])}`,
    sections: [
      { id: 'figures', title: 'Figures', aside: '95 % intervals', body: figureTable(data) },
      ...sweepSections(data),
      ...(epochs.length === 0 ? [] : [epochSection(epochs, best)]),
      {
        id: 'threshold',
        title: 'False positives against false negatives',
        aside: 'paper, figure 4',
        body: rates(data),
      },
      {
        id: 'confusion',
        title: 'Confusion',
        aside: 'paper, figure 5',
        body: html`${heatTable({
            rows: description.classes,
            columns: description.classes,
            counts: figures.confusion,
            rowTitle: 'True class',
            countTitle: 'CCDs',
          })}
          <p class="muted">
            CCDs held out; columns: the answer. Of several artifacts on a CCD one is drawn as its class.
          </p>`,
      },
      { id: 'classes', title: 'Answers by true class', aside: 'paper, figure 6', body: byClass(figures) },
      provenanceSection([
        ['command', data.command],
        ['recipe', provenance.recipe],
        ['recipe SHA-256', provenance.recipeSha256],
        ['seed', String(provenance.seed)],
        ['seeds of CCDs', provenance.seeds.train.join(' to ')],
        ...Object.entries(provenance.versions),
      ]),
    ],
    footer: html`Written by Blemish; the same numbers are in metrics.json. This page is complete in itself: it
    loads nothing from the network.`,
  });
}

function tile(label: string, interval: Interval, note?: string) {
  if (interval.value === null) return { label, value: 'n/a', note: interval.reason };
  const range = `${formatPercent(interval.low)} to ${formatPercent(interval.high)}`;
  return { label, value: formatPercent(interval.value), note: note ?? range };
}

function numberTile(label: string, interval: Interval) {
  if (interval.value === null) return { label, value: 'n/a', note: interval.reason };
  const range = `${formatNumber(interval.low)} to ${formatNumber(interval.high)}`;
  return { label, value: formatNumber(interval.value), note: range };
}

function figureTable({ description, figures }: CcdImageReportData): Html {
  const { accuracy, majority, trainingAccuracy, auc, atThreshold, threshold } = figures;
  const row = (name: string, here: string, trivial: string, paper: string) =>
    html`<tr>
      <td>${name}</td>
      <td class="num"><b>${here}</b></td>
      <td class="num">${trivial}</td>
      <td class="num">${paper}</td>
    </tr>`;
  const percent = (interval: Interval) => formatInterval(interval, 'percent');
  const missed = formatPercent(description.maxFnr);
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th></th>
            <th class="num">This model</th>
            <th class="num">Trivial answer</th>
            <th class="num">Paper, real DES data</th>
          </tr>
        </thead>
        <tbody>
          ${row('Accuracy, CCDs held out', percent(accuracy), percent(majority.accuracy), paperAccuracy(description))}
          ${row('Accuracy, training CCDs', percent(trainingAccuracy), '50 %', description.learner === 'svm' ? '100 %' : '–')}
          ${row('ROC AUC, artifact or none', formatInterval(auc), '0.500', '–')}
          ${
            atThreshold === null
              ? ''
              : html`${row('Bad CCDs missed at the threshold', percent(atThreshold.fnr), '0 %', '–')}
                ${row('Good CCDs flagged at the threshold', percent(atThreshold.fpr), '100 %', '–')}`
          }
        </tbody>
      </table>
    </div>
    <p class="muted">
      Trivial: always “${majority.answer}”; at the threshold, flagging every CCD.
      ${
        threshold === null
          ? 'The validation CCDs are too few for a threshold.'
          : `The threshold, ${threshold.threshold.toPrecision(3)}, is to miss at most ${missed} of bad CCDs; it was chosen on validation CCDs.`
      }
    </p>`;
}

const axes: Readonly<
  Record<Swept, { readonly title: string; readonly axis: string; readonly aside?: string }>
> = {
  sizes: { title: 'Errors against training-set size', axis: 'training CCDs', aside: 'paper, figure 2' },
  bins: { title: 'Errors against bin size', axis: 'side of a bin, pixels' },
  dropout: { title: 'Errors against dropout', axis: 'share dropped' },
};

/** One section for each thing swept, the model's own value among the others. */
function sweepSections(data: CcdImageReportData): Section[] {
  const { sweep, description, figures, trained, dropout } = data;
  const { accuracy, trainingAccuracy } = figures;
  const own: Readonly<Record<Swept, number | null>> = {
    sizes: trained,
    bins: description.preprocess.bin,
    dropout,
  };
  return (Object.keys(axes) as Swept[]).flatMap((kind) => {
    const points = sweep.filter((point) => point.kind === kind);
    const value = own[kind];
    if (points.length === 0 || value === null) return [];
    const errors = { training: 1 - (trainingAccuracy.value ?? NaN), heldOut: 1 - (accuracy.value ?? NaN) };
    const all = [...points.filter((point) => point.value !== value), { value, ...errors }].sort(
      (a, b) => a.value - b.value,
    );
    const { title, axis, aside } = axes[kind];
    const curve = (label: string, of: 'training' | 'heldOut') => ({
      label,
      curve: { x: all.map((point) => point.value), y: all.map((point) => point[of]) },
    });
    const svg = learningCurvePlot({
      series: [curve('training', 'training'), curve('held out', 'heldOut')],
      xLabel: axis,
      yLabel: 'share of wrong answers',
      xScale: kind === 'dropout' ? 'linear' : 'log',
      width: 560,
    });
    return [
      {
        id: kind,
        title,
        ...(aside === undefined ? {} : { aside }),
        body: html`<div class="plots">
          ${figure(svg, title, `Trained anew at each point, all else the same. The trivial answer errs on ${trivialError(figures)}.`, true)}
          ${nameValueList(all.map((point) => [String(point.value), `${formatPercent(point.heldOut)} of CCDs held out, ${formatPercent(point.training)} of training CCDs`]))}
        </div>`,
      },
    ];
  });
}

function trivialError({ majority }: ImageFigures): string {
  return majority.accuracy.value === null ? '–' : formatPercent(1 - majority.accuracy.value);
}

function epochSection(epochs: readonly EpochFigures[], best: number | null): Section {
  const curve = (label: string, name: string) => ({
    label,
    curve: { x: epochs.map(({ epoch }) => epoch + 1), y: epochs.map(({ validation }) => validation[name]) },
  });
  const svg = learningCurvePlot({
    series: [
      curve('training', 'training_error'),
      curve('held out', 'held_out_error'),
      curve('validation', 'validation_error'),
    ],
    xLabel: 'epoch',
    yLabel: 'share of wrong answers',
    width: 560,
  });
  const caption = `Training: the first CCDs of the set, without dropout. Kept is epoch ${best === null ? '–' : best + 1}, of least validation loss.`;
  return {
    id: 'epochs',
    title: 'Errors against epoch',
    aside: 'paper, figure 3',
    body: figure(svg, 'Errors by epoch', caption, true),
  };
}

function rates({ figures: { heldOut, threshold } }: CcdImageReportData): Html {
  const curve = rocCurve(heldOut);
  if (!('fpr' in curve)) return html`<p>Not defined: ${curve.reason}.</p>`;
  const svg = detPlot({
    ...detPoints(curve.fpr, curve.tpr, curve.thresholds),
    ...(threshold === null ? {} : { threshold: threshold.threshold }),
    positive: 'bad CCDs',
    negative: 'good CCDs',
    minRate: 3e-3,
    width: 560,
  });
  return figure(
    svg,
    'Along the threshold',
    'CCDs held out; the colour is the probability from which a CCD counts as bad.',
    true,
  );
}

function byClass({ flagged }: ImageFigures): Html {
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>True class</th>
            <th class="num">CCDs</th>
            <th class="num">Answered “artifact”</th>
            <th class="num">Share</th>
          </tr>
        </thead>
        <tbody>
          ${flagged
            .filter(({ n }) => n > 0)
            .map(
              ({ name, n, flagged: count, share }) =>
                html`<tr>
                  <td>${name}</td>
                  <td class="num">${n}</td>
                  <td class="num">${count}</td>
                  <td class="num">${formatInterval(share, 'percent')}</td>
                </tr>`,
            )}
        </tbody>
      </table>
    </div>
    <p class="muted">
      The first row's share is the false-positive rate; always answering “artifact” gives 100 % in every row.
      The paper never found tree rings, haze and A/B jumps.
    </p>`;
}
