import type { EpochSummary } from '@blemish/engine';
import { learningCurvePlot } from '@blemish/evaluate';
import { writeWhole } from '../outputs/partial-file.ts';
import { dataTable } from '../report/data-table.ts';
import { formatInterval, formatNumber, plural } from '../report/format.ts';
import { html } from '../report/html.ts';
import type { Html } from '../report/html.ts';
import { figure, nameValueList, renderPage, tiles } from '../report/page.ts';
import type { Section } from '../report/page.ts';
import { provenanceSection } from '../report/provenance-section.ts';
import type { MarkedPictures } from './marked-pictures.ts';
import type { AnswerFigures, PictureDifference, PictureFigures } from './measure-pictures.ts';
import type { Outcome } from './picture-model.ts';
import { overlayColours, pictureOverlay } from './picture-overlay.ts';
import { countCodes } from './tell-failures.ts';

/** A model in the report, with its answer to each picture; all models answer the same pictures. */
export interface ReportedModel {
  readonly name: string;
  readonly figures: PictureFigures;
  readonly outcomes: readonly Outcome[];
  /** Of its training, where that is what is reported. */
  readonly epochs?: readonly Pick<EpochSummary, 'epoch' | 'training' | 'validation'>[];
}

export interface PictureReport {
  readonly title: string;
  /** Which pictures the figures are of. */
  readonly measuredOn: string;
  readonly command: string;
  readonly models: readonly ReportedModel[];
  readonly differences: readonly NamedDifference[];
  readonly read: MarkedPictures;
  readonly provenance: readonly (readonly [string, string])[];
}

export interface NamedDifference extends PictureDifference {
  /** The first less the second. */
  readonly of: readonly [string, string];
}

/** Pictures drawn, from the one marked worst by the first model to the one marked best. */
const drawn = 12;

/** Writes the report of models that mark pixels as one self-contained HTML page. */
export async function writePictureReport(path: string, report: PictureReport): Promise<void> {
  const { title, models, measuredOn, read } = report;
  const [{ figures }] = models;
  const { positive, negative, leftOut } = figures.tiles;
  const page = renderPage({
    title,
    subtitle: html`${measuredOn}. ${plural(figures.n, 'picture')} marked by
    ${plural(read.annotators.length, 'annotator')}; ${plural(positive, 'tile')} with something, ${negative}
    without, ${leftOut} undecided and left out`,
    summary: tiles([
      ...models.flatMap(({ name, figures: { metrics } }) => [
        { label: 'ROC AUC over tiles', value: formatNumber(metrics.auc.value), note: name },
        { label: 'IoU over pixels', value: formatNumber(metrics.iou.value), note: name },
      ]),
      {
        label: 'Annotators',
        value: formatNumber(figures.annotators.median.value),
        note: 'median IoU of one with the majority of the others',
      },
    ]),
    sections: [
      {
        id: 'figures',
        title: 'Figures',
        aside: '95 % intervals by resampling pictures',
        body: figuresTable(report),
      },
      { id: 'annotators', title: 'Annotators', body: annotatorTable(models) },
      ...curves(models),
      {
        id: 'pictures',
        title: 'Pictures',
        aside: 'from the worst overlap to the best, evenly spaced by rank',
        body: gallery(models),
      },
      { id: 'each', title: 'Each picture', body: eachPicture(models) },
      { id: 'data', title: 'Data', body: dataSection(read) },
      provenanceSection([['command', report.command], ...report.provenance]),
    ],
    footer: html`Written by Blemish. This page is complete in itself: it loads nothing from the network.`,
  });
  await writeWhole(path, page);
}

function figuresTable({ models, differences }: PictureReport): Html {
  const { baselines, annotators } = models[0].figures;
  const row = (name: string, auc: string, iou: string, same: string) =>
    html`<tr>
      <td>${name}</td>
      <td class="num">${auc}</td>
      <td class="num">${iou}</td>
      <td class="num">${same}</td>
    </tr>`;
  const answer = (name: string, { auc, iou }: AnswerFigures, same = '') =>
    row(name, formatInterval(auc), formatInterval(iou), same);
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Answer</th>
            <th class="num">ROC AUC over tiles</th>
            <th class="num">IoU with the majority</th>
            <th class="num">median IoU with the majorities of all but one</th>
          </tr>
        </thead>
        <tbody>
          ${models.map(({ name, figures }) => answer(name, figures.metrics, formatInterval(figures.annotators.network)))}
          ${row('annotators, each left out', '', '', formatInterval(annotators.median))}
          ${answer('brightness above the surroundings', baselines.brightness)}
          ${answer('every pixel', baselines.everything)}
          ${differences.map(({ of, auc, iou }) => row(`${of[0]} less ${of[1]}`, formatInterval(auc.difference), formatInterval(iou.difference), ''))}
          ${models.map(({ name, figures }) => row(`${name} less annotators`, '', '', formatInterval(figures.annotators.difference)))}
        </tbody>
      </table>
    </div>
    <p class="muted">
      IoU is intersection over union of the pixels of all pictures together. The majority is at least half of
      the annotators. In the last column one annotator at a time is left out of the majority, and either this
      annotator or the network is measured with it; the median is over the annotators.
    </p>`;
}

function annotatorTable(models: readonly ReportedModel[]): Html {
  const [{ figures }] = models;
  return dataTable({
    columns: [
      { label: 'annotator', kind: 'text' },
      { label: 'IoU with the majority of the others', kind: 'number', digits: 3 },
    ],
    rows: figures.annotators.byAnnotator.map(({ annotator, iou }) => [annotator, iou]),
  });
}

function curves(models: readonly ReportedModel[]): Section[] {
  return models.flatMap(({ epochs }) => {
    if (epochs === undefined) return [];
    const curve = (of: 'training' | 'validation', label: string) => ({
      label,
      curve: { x: epochs.map(({ epoch }) => epoch + 1), y: epochs.map((epoch) => epoch[of]['loss']) },
    });
    const svg = learningCurvePlot({
      series: [curve('training', 'training, varied'), curve('validation', 'held out')],
      xLabel: 'epoch',
      yLabel: 'loss',
      width: 440,
      height: 300,
    });
    return [{ id: 'curves', title: 'Loss by epoch', body: figure(svg, 'Loss', 'Less is better.') }];
  });
}

function gallery(models: readonly ReportedModel[]): Html {
  const order = models[0].outcomes
    .map(({ judged }, i) => ({ i, iou: overlapOf(judged.network) }))
    .sort((a, b) => a.iou - b.iou);
  const count = Math.min(drawn, order.length);
  const chosen = Array.from(
    { length: count },
    (_, k) => order[Math.round((k * (order.length - 1)) / Math.max(1, count - 1))].i,
  );
  const swatch = (name: keyof typeof overlayColours, text: string) =>
    html`<span style="color:rgb(${overlayColours[name].join(',')});background:#222;padding:0 4px"
      >${text}</span
    > `;
  return html`<p>
      ${swatch('majority', 'majority of the annotators')} ${swatch('anybody', 'anybody')}
      ${swatch('network', 'network; tinted by its probability')}
    </p>
    <div style="display:flex;flex-wrap:wrap;gap:12px">
      ${chosen.map((i) => models.map(({ name, outcomes }) => overlayFigure(outcomes[i], models.length > 1 ? name : null)))}
    </div>`;
}

function overlayFigure(outcome: Outcome, model: string | null): Html {
  const { picture, judged } = outcome;
  const size = Math.sqrt(picture.pixels.length);
  const caption = `${picture.name}${model === null ? '' : `, ${model}`}: IoU ${formatNumber(overlapOf(judged.network), 2)}`;
  return html`<figure style="margin:0;max-width:${size}px">
    <img src="${pictureOverlay(outcome, size, judged.threshold)}" alt="${caption}" style="max-width:100%" />
    <figcaption>${caption}</figcaption>
  </figure>`;
}

function eachPicture(models: readonly ReportedModel[]): Html {
  const [{ outcomes }] = models;
  return dataTable({
    columns: [
      { label: 'picture', kind: 'text' },
      { label: 'marked by the majority', kind: 'percent', digits: 1 },
      ...models.map(({ name }) => ({
        label: models.length > 1 ? `IoU, ${name}` : 'IoU',
        kind: 'number' as const,
        digits: 3,
      })),
    ],
    rows: outcomes.map(({ judged, picture }, i) => [
      judged.name,
      judged.network.overlap.truth / picture.pixels.length,
      ...models.map((model) => overlapOf(model.outcomes[i].judged.network)),
    ]),
  });
}

function overlapOf({ overlap }: { readonly overlap: { intersection: number; union: number } }): number {
  return overlap.union > 0 ? overlap.intersection / overlap.union : 1;
}

function dataSection(read: MarkedPictures): Html {
  return html`${nameValueList([
    ['pictures', read.pictures.length],
    ['annotators', read.annotators.join(', ')],
    ...[...countCodes(read)].map(([code, count]) => [`left out, ${code}`, count] as const),
  ])}
  ${read.notes.map((note) => html`<p>${note}</p>`)}`;
}
