import { coverageAccuracyPlot } from '@blemish/evaluate';
import type { ExposureDescription } from '../bundle-description.ts';
import type { PaperFigures } from '../paper-figures.ts';
import type { ExposureFigures, JudgedExposure } from '../exposure-models/measure-exposures.ts';
import { dataTable } from './data-table.ts';
import { formatInterval, formatNumber, formatPercent } from './format.ts';
import { heatTable } from './heat-table.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, renderPage, tiles } from './page.ts';
import { provenanceSection } from './provenance-section.ts';
import { comparedFigures, tile } from './stamp-report.ts';
import { classTable } from './table-report.ts';

export interface ExposureReportData {
  readonly title: string;
  readonly description: ExposureDescription;
  readonly sha256: string;
  readonly generatedAt: string;
  readonly command: string;
  /** What the exposures are, such as simulated; null where nothing was said. */
  readonly about: string | null;
  readonly measuredOn: string;
  readonly figures: ExposureFigures;
  readonly paper: PaperFigures | null;
  readonly judged: readonly JudgedExposure[];
  readonly notes: readonly string[];
}

/** The report of a model of exposures as one self-contained HTML page; its numbers are those of `metrics.json`. */
export function renderExposureReport(data: ExposureReportData): string {
  const { figures, description, measuredOn } = data;
  const { provenance, decision } = description;
  return renderPage({
    title: data.title,
    subtitle: html`Measured on ${measuredOn} · ${description.name} ${description.version}, trained on
    ${description.trainedOn} · ${data.generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: html`${data.about === null ? '' : html`<p class="banner">${data.about}</p>`}
    ${tiles([
      tile('Accuracy', figures.metrics['accuracy'], formatPercent),
      tile('Macro F1', figures.metrics['f1'], formatPercent),
      {
        label: `Decided at ${formatPercent(figures.coverage.accuracy)} right`,
        value: formatPercent(figures.coverage.value),
        note: 'the surest exposures',
      },
      tile('Bad ones on the review list', figures.review.flaggedBad, formatPercent),
      tile('Good ones on it', figures.review.flaggedGood, formatPercent),
    ])}`,
    sections: [
      {
        id: 'figures',
        title: 'Categories',
        aside: `${figures.n} exposures with one reason, all decided; 95 % intervals`,
        body: html`${comparedFigures(data)} ${confidenceText(figures)}`,
      },
      { id: 'coverage', title: 'Coverage and accuracy', body: coverage(data) },
      { id: 'classes', title: 'By category', body: classTable(figures, 'Exposures') },
      {
        id: 'confusion',
        title: 'Confusion',
        body: html`${heatTable({
            rows: figures.classes,
            columns: figures.classes,
            counts: figures.confusion,
            rowTitle: 'True category',
            countTitle: 'Exposures',
          })}
          <p class="muted">Columns: the likeliest category. Shade: share of the row.</p>`,
      },
      {
        id: 'review',
        title: 'Review list',
        aside: `more than ${decision.moreThan} CCDs at ${formatNumber(decision.probability)} or above`,
        body: review(figures),
      },
      { id: 'reasons', title: 'Several reasons', body: severalReasons(figures) },
      { id: 'look', title: 'Exposures to look at', body: lookAt(data) },
      provenanceSection(
        [
          ['Command', data.command],
          ['Model SHA-256', data.sha256],
          ['Recipe', `${provenance.recipe} (SHA-256 ${provenance.recipeSha256})`],
          ['Seed', String(provenance.seed)],
          [
            'Heads',
            description.members.map(({ name, weight }) => `${name}: ${formatNumber(weight)}`).join(', '),
          ],
          ['Encoder', description.encoder === null ? 'none' : description.encoder.description.name],
          [
            'Labelled exposures',
            Object.entries(provenance.data.labels)
              .map(([name, count]) => `${name} ${count}`)
              .join(', '),
          ],
          ['Trained with', `${provenance.data.name}, SHA-256 ${provenance.data.sha256}`],
          ...Object.entries(provenance.versions),
        ],
        data.notes.map((note) => html`<p class="banner">${note}</p>`),
      ),
    ],
    footer: html`Written by Blemish; the same numbers are in metrics.json. This page is complete in itself: it
    loads nothing from the network.`,
  });
}

function confidenceText({ abstention }: ExposureFigures): Html {
  if (abstention === null) return html``;
  return html`<p>
    Below a probability of ${formatNumber(abstention.confidence)} of the likeliest category, chosen on the
    labelled exposures, the answer is “don’t know”: ${formatInterval(abstention.coverage, 'percent')} are
    decided, of these ${formatInterval(abstention.accuracy, 'percent')} rightly.
  </p>`;
}

function coverage({ figures, paper }: ExposureReportData): Html {
  const { coverage: x, accuracy: y } = figures.curve;
  const published = paper?.figures['coverage'];
  return html`${figure(
    coverageAccuracyPlot({ curve: { x: [...x], y: [...y] }, items: 'exposures', width: 500, height: 350 }),
    'Accuracy of the surest exposures',
    `${formatPercent(figures.coverage.value)} of the exposures are decided with ${formatPercent(figures.coverage.accuracy)} right.`,
  )}
  ${published === undefined ? '' : html`<p class="muted">${paper!.title}: ${formatPercent(published)} decided.</p>`}`;
}

function review({ review: found }: ExposureFigures): Html {
  return html`<p>
      Of the good exposures ${formatInterval(found.flaggedGood, 'percent')} are on the list, of the others
      ${formatInterval(found.flaggedBad, 'percent')}. ROC AUC of good against not:
      ${formatInterval(found.auc)}.
    </p>
    <div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Among the reasons</th>
            <th class="num">Exposures</th>
            <th>On the list</th>
          </tr>
        </thead>
        <tbody>
          ${found.byCategory.map(
            ({ name, n, flagged }) =>
              html`<tr>
                <td>${name}</td>
                <td class="num">${n}</td>
                <td>${formatInterval(flagged, 'percent')}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function severalReasons({ reasons, several }: ExposureFigures): Html {
  return html`<p>
      ${several.n} exposures have several reasons; the likeliest category is one of them for
      ${formatInterval(several.oneOfThem, 'percent')}. Each category against all other inspected exposures:
    </p>
    <div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Category</th>
            <th class="num">Exposures with it</th>
            <th>ROC AUC</th>
            <th>Average precision</th>
          </tr>
        </thead>
        <tbody>
          ${reasons.map(
            ({ name, n, auc, averagePrecision }) =>
              html`<tr>
                <td>${name}</td>
                <td class="num">${n}</td>
                <td>${formatInterval(auc)}</td>
                <td>${formatInterval(averagePrecision)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

/** Exposures whose likeliest category is none of their reasons, the surest first. */
function lookAt({ judged }: ExposureReportData): Html {
  const wrong = judged
    .filter(({ exposure, judgement }) => exposure.reasons?.includes(judgement.category) === false)
    .map(({ exposure, judgement }) => ({
      ...{ exposure, judgement },
      sure: Math.max(...judgement.probabilities),
    }))
    .sort((a, b) => b.sure - a.sure);
  if (wrong.length === 0) return html`<p>No exposure was taken for another category.</p>`;
  return html`${dataTable({
      columns: [
        { label: 'Exposure', kind: 'text' },
        { label: 'Reasons', kind: 'text' },
        { label: 'Taken for', kind: 'text' },
        { label: 'Probability', kind: 'percent', digits: 1 },
        { label: 'CCDs', kind: 'number', digits: 0 },
        { label: 'of them bad', kind: 'number', digits: 0 },
        { label: 'Novelty', kind: 'percent', digits: 0 },
        { label: 'Nearest labelled exposures', kind: 'wrap' },
      ],
      rows: wrong.map(({ exposure, judgement, sure }) => [
        exposure.name,
        exposure.reasons!.join('; '),
        judgement.category,
        sure,
        judgement.ccds,
        judgement.badCcds,
        judgement.noveltyShare ?? null,
        (judgement.neighbours ?? []).map((each) => `${each.exposure} ${each.category}`).join(', '),
      ]),
    })}
    <p class="muted">Most surely wrong first: the first to check for a wrong label.</p>`;
}
