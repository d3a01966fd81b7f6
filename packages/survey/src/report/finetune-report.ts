import { learningCurvePlot } from '@blemish/evaluate';
import type { FinetunePoint } from '../stamp-models/finetune-point.ts';
import type { StampRecipe } from '../stamp-recipe.ts';
import { formatInterval, formatNumber } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, renderPage } from './page.ts';
import { provenanceSection } from './provenance-section.ts';
import { figureNames } from './table-report.ts';

export interface FinetuneReportData {
  readonly title: string;
  readonly generatedAt: string;
  readonly command: string;
  readonly about: string | null;
  readonly start: { readonly name: string; readonly sha256: string; readonly trainedOn: string };
  /** The set of the other survey, and how many of its stamps everything is measured on. */
  readonly set: string;
  readonly tested: number;
  readonly points: readonly FinetunePoint[];
  readonly paper: StampRecipe['paper'] | null;
  readonly notes: readonly string[];
}

const modeNames: Readonly<Record<FinetunePoint['mode'], string>> = {
  'zero-shot': 'as it comes',
  features: 'last layer',
  nothing: 'all layers',
  scratch: 'from scratch',
};
const shown = ['auc', 'balancedAccuracy', 'accuracy', 'mcc', 'logLoss', 'ece'];

/** What training further on another survey gives against the number of its labels, as one self-contained HTML page. */
export function renderFinetuneReport(data: FinetuneReportData): string {
  const { points, start } = data;
  return renderPage({
    title: data.title,
    subtitle: html`${start.name} on ${data.set}, measured on ${data.tested} stamps held out ·
    ${data.generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: data.about === null ? null : html`<p class="banner">${data.about}</p>`,
    sections: [
      { id: 'curve', title: 'Against the number of labels', body: curve(points) },
      { id: 'figures', title: 'Figures', aside: '95 % intervals', body: table(points, data.paper ?? null) },
      provenanceSection(
        [
          ['Command', data.command],
          ['Started from', `${start.name} (SHA-256 ${start.sha256}), trained on ${start.trainedOn}`],
        ],
        data.notes.map((note) => html`<p class="banner">${note}</p>`),
      ),
    ],
    footer: html`Written by Blemish; the same numbers are in metrics.json. This page is complete in itself: it
    loads nothing from the network.`,
  });
}

function curve(points: readonly FinetunePoint[]): Html {
  const zero = points.find(({ mode }) => mode === 'zero-shot');
  const counts = [...new Set(points.map(({ labels }) => labels).filter((labels) => labels > 0))].sort(
    (a, b) => a - b,
  );
  const plotted = (label: string, own: readonly { readonly x: number; readonly y: number | null }[]) => {
    const known = own.filter((point): point is { x: number; y: number } => point.y !== null);
    return { label, curve: { x: known.map(({ x }) => x), y: known.map(({ y }) => y) } };
  };
  const series = (['features', 'nothing', 'scratch'] as const)
    .map((mode) =>
      plotted(
        modeNames[mode],
        points
          .filter((point) => point.mode === mode)
          .map(({ labels, metrics }) => ({ x: labels, y: metrics['auc'].value })),
      ),
    )
    .filter((each) => each.curve.x.length > 0);
  const flat =
    zero === undefined
      ? []
      : [
          plotted(
            modeNames['zero-shot'],
            counts.map((x) => ({ x, y: zero.metrics['auc'].value })),
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
    'A fifth of the labels choose epoch and temperature. The model as it comes needs none.',
    true,
  );
}

function table(points: readonly FinetunePoint[], paper: StampRecipe['paper'] | null): Html {
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
          paper === null || paper === undefined
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
