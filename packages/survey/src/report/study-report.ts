import { learningCurvePlot } from '@blemish/evaluate';
import type { StudiedFigure, TableStudy } from '../learning/study.ts';
import { formatNumber, formatPercent, plural } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, renderPage } from './page.ts';
import { provenanceSection } from './provenance-section.ts';

export interface StudyReportData {
  readonly study: TableStudy;
  readonly generatedAt: string;
  readonly provenance: readonly (readonly [string, string])[];
  readonly interrupted: boolean;
}

const figureNames: Readonly<Record<StudiedFigure, string>> = {
  auc: 'ROC AUC',
  accuracy: 'Accuracy',
  logLoss: 'Log loss',
};

const words = {
  noise: {
    title: 'What wrong labels cost',
    level: 'Labels flipped',
    axis: 'share of training labels flipped',
    about:
      'A share of the training labels, drawn at random, is flipped to another class; the labels measured against are left alone. A larger share flips the same rows and more.',
  },
  sizes: {
    title: 'What more rows bring',
    level: 'Training rows',
    axis: 'training rows',
    about:
      'Training rows are left out at random, each class keeping its share; a larger set holds the smaller ones. All are measured on the same rows.',
  },
} as const;

/** The report of models trained on worse rows as one self-contained HTML page; its numbers are those of `study.json`. */
export function renderStudyReport({ study, generatedAt, provenance, interrupted }: StudyReportData): string {
  const { kind, measuredOn, n, trained } = study;
  const { title, about } = words[kind];
  const figures = (Object.keys(figureNames) as StudiedFigure[]).filter(
    (name) => curvesOf(study, name).length > 0,
  );
  return renderPage({
    title,
    subtitle: html`At most ${plural(trained, 'training row')}, measured on ${plural(n, 'row')} of
    ${measuredOn} · ${generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: html`${
        interrupted ? html`<p class="banner">Interrupted: recipes that were not done are missing.</p>` : ''
      }
      <p>${about} Which rows changes with the seed, and is the same for all models.</p>`,
    sections: [
      {
        id: 'curves',
        title: 'Curves',
        aside: 'mean and standard deviation over training seeds',
        body: html`<div class="plots">${figures.map((name) => curveFigure(study, name))}</div>`,
      },
      ...figures.map((name) => ({
        id: `table-${name.toLowerCase()}`,
        title: figureNames[name],
        body: figureTable(study, name),
      })),
      provenanceSection(provenance),
    ],
    footer: html`Written by Blemish; the same numbers are in study.json. This page is complete in itself: it
    loads nothing from the network.`,
  });
}

/** Models whose figure is defined at every level. */
function curvesOf({ models }: TableStudy, name: StudiedFigure) {
  return models.flatMap(({ name: label, points }) => {
    const over = points.map(({ figures }) => figures[name].over);
    const defined = over.filter((each) => each !== null);
    if (defined.length < over.length) return [];
    return [
      {
        label,
        curve: {
          x: points.map(({ level }) => level),
          y: defined.map(({ mean }) => mean),
          low: defined.map(({ mean, spread }) => mean - spread),
          high: defined.map(({ mean, spread }) => mean + spread),
        },
      },
    ];
  });
}

function curveFigure(study: TableStudy, name: StudiedFigure): Html {
  const svg = learningCurvePlot({
    series: curvesOf(study, name),
    xLabel: words[study.kind].axis,
    yLabel: figureNames[name],
    xScale: study.kind === 'sizes' ? 'log' : 'linear',
    width: 560,
    height: 340,
  });
  return figure(svg, figureNames[name], name === 'logLoss' ? 'Less is better.' : 'More is better.', true);
}

function figureTable({ kind, models, levels }: TableStudy, name: StudiedFigure): Html {
  const levelText = (level: number) => (kind === 'noise' ? formatPercent(level) : level.toLocaleString('en'));
  return html`<div class="tablewrap">
    <table>
      <thead>
        <tr>
          <th>${words[kind].level}</th>
          ${models.map((model) => html`<th>${model.name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${levels.map(
          (level, k) =>
            html`<tr>
              <td class="num">${levelText(level)}</td>
              ${models.map(({ points, seeds }) => {
                const { over } = points[k].figures[name];
                if (over === null) return html`<td>n/a</td>`;
                return html`<td>
                  <b>${formatNumber(over.mean, 4)}</b> ± ${formatNumber(over.spread, 4)}
                  <span class="muted">(${seeds.length})</span>
                </td>`;
              })}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
