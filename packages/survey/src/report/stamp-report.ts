import { learningCurvePlot } from '@blemish/evaluate';
import type { Interval } from '@blemish/evaluate';
import type { StampDescription } from '../bundle-description.ts';
import { binaryCurves } from '../learning/curves.ts';
import type { ScoredStamps, StampFigures } from '../stamp-models/measure-stamps.ts';
import type { ExampleStamp, ExampleStamps } from '../stamp-models/top-stamps.ts';
import type { StampRecipe } from '../stamp-recipe.ts';
import type { EpochFigures } from '../training/epochs.ts';
import { formatInterval, formatNumber, formatPercent, plural } from './format.ts';
import { heatTable } from './heat-table.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, renderPage, tiles } from './page.ts';
import type { Section } from './page.ts';
import { provenanceSection } from './provenance-section.ts';
import { classTable, curves, figureNames } from './table-report.ts';

export interface StampReportData {
  readonly title: string;
  readonly description: StampDescription;
  readonly sha256: string;
  readonly generatedAt: string;
  readonly command: string;
  /** What the stamps are, such as simulated; null where nothing was said. */
  readonly about: string | null;
  /** Which stamps the figures are of. */
  readonly measuredOn: string;
  readonly figures: StampFigures;
  readonly answers: ScoredStamps;
  /** Of each member, where this is the report of a training of networks. */
  readonly epochs: readonly (readonly EpochFigures[])[];
  readonly paper: StampRecipe['paper'] | null;
  readonly examples: ExampleStamps;
  readonly notes: readonly string[];
}

const size = { width: 500, height: 350 } as const;

/** The report of a classifier of stamps as one self-contained HTML page; its numbers are those of `metrics.json`. */
export function renderStampReport(data: StampReportData): string {
  const { figures, description, answers, epochs, examples } = data;
  const { provenance } = description;
  const threshold = figures.threshold;
  const positive = Float64Array.from(answers.y, (_, i) => answers.probabilities[2 * i + 1]);
  const drawn =
    answers.classes.length === 2
      ? binaryCurves({ scores: positive, labels: answers.y }, answers.groups, threshold ?? 0.5)
      : null;
  const sections: Section[] = [
    { id: 'figures', title: 'Figures', aside: '95 % intervals', body: comparedFigures(data) },
    ...(drawn === null
      ? []
      : [
          {
            id: 'curves',
            title: 'Curves',
            body: curves(drawn, figures, threshold === null ? null : { threshold }, 'stamps'),
          },
        ]),
    { id: 'classes', title: 'By class', body: classTable(figures, 'Stamps') },
    {
      id: 'confusion',
      title: 'Confusion',
      body: html`${heatTable({
          rows: figures.classes,
          columns: figures.classes,
          counts: figures.confusion,
          rowTitle: 'True class',
          countTitle: 'Stamps',
        })}
        <p class="muted">Columns: the class decided for. Shade: share of the row.</p>`,
    },
    { id: 'examples', title: 'Stamps to look at', body: exampleStamps(examples) },
    ...(epochs.some((each) => each.length > 0) ? [epochSection(epochs)] : []),
    ...(figures.abstention === null
      ? []
      : [{ id: 'abstention', title: '“Don’t know”', body: abstention(figures) }]),
    provenanceSection(
      [
        ['Command', data.command],
        ['Model SHA-256', data.sha256],
        ...(provenance.kind === 'import'
          ? [['Imported from', provenance.from] as const]
          : [
              ['Recipe', `${provenance.recipe} (SHA-256 ${provenance.recipeSha256})`] as const,
              ['Seed', String(provenance.seed)] as const,
              [
                'Trained with',
                `${provenance.data.name}, ${provenance.data.training} stamps, SHA-256 ${provenance.data.sha256}`,
              ] as const,
            ]),
        ...Object.entries(provenance.versions),
      ],
      data.notes.map((note) => html`<p class="banner">${note}</p>`),
    ),
  ];
  return renderPage({
    title: data.title,
    subtitle: html`Measured on ${data.measuredOn} · ${description.name} ${description.version}, trained on
    ${description.trainedOn} · ${data.generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: html`${data.about === null ? '' : html`<p class="banner">${data.about}</p>`}
    ${tiles([
      tile('ROC AUC', figures.metrics['auc'], formatNumber),
      tile('Balanced accuracy', figures.metrics['balancedAccuracy'], formatPercent),
      tile('Accuracy', figures.metrics['accuracy'], formatPercent),
      {
        label: `Always “${figures.majority.answer}”`,
        value: formatPercent(figures.majority.metrics['accuracy'].value),
        note: 'accuracy of the trivial answer',
      },
      {
        label: 'stamps',
        value: figures.n.toLocaleString('en'),
        note: figures.nGroups === null ? undefined : `of ${plural(figures.nGroups, 'group')}`,
      },
    ])}`,
    sections,
    footer: html`Written by Blemish; the same numbers are in metrics.json. This page is complete in itself: it
    loads nothing from the network.`,
  });
}

/** A headline figure with its interval, or why it is undefined. */
export function tile(label: string, interval: Interval, format: (value: number) => string) {
  return interval.value === null
    ? { label, value: 'n/a', note: interval.reason }
    : {
        label,
        value: format(interval.value),
        note: `${format(interval.low)} to ${format(interval.high)}`,
      };
}

/** Each figure with that of the trivial answer and the published one. */
export function comparedFigures({
  figures,
  paper,
  about,
}: Pick<StampReportData, 'figures' | 'paper' | 'about'>): Html {
  const published = paper ?? null;
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Figure</th>
            <th class="num">This model${about === null ? '' : html`<br /><small>${about}</small>`}</th>
            <th class="num">Always “${figures.majority.answer}”</th>
            ${published === null ? '' : html`<th class="num">${published.title}</th>`}
          </tr>
        </thead>
        <tbody>
          ${Object.entries(figures.metrics).map(
            ([name, interval]) =>
              html`<tr>
                <td>${figureNames[name] ?? name}</td>
                <td class="num"><b>${formatInterval(interval)}</b></td>
                <td class="num">${formatNumber(figures.majority.metrics[name]?.value)}</td>
                ${published === null ? '' : html`<td class="num">${formatNumber(published.figures[name])}</td>`}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${published === null ? '' : html`<p class="muted">The published figures are of other data: they stand here for orientation.</p>`}`;
}

function exampleStamps({ hits, misses }: ExampleStamps): Html {
  const list = (title: string, stamps: readonly ExampleStamp[], odd: boolean) =>
    html`<h3>${title}</h3>
      <div class="stamps wide">
        ${stamps.map(
          ({ index, label, decided, probability, picture }) =>
            html`<div class="${odd ? 'stamp odd' : 'stamp'}">
              <img src="${picture}" alt="stamp ${index}" loading="lazy" />
              <b>${index}</b> ${label} ${odd ? html`<span>taken for ${decided}</span>` : ''}
              <span>${formatPercent(probability)}</span>
            </div>`,
        )}
      </div>`;
  return html`${list('Most surely right', hits, false)}
    ${misses.length === 0 ? html`<p>No stamp was taken for another class.</p>` : list('Most surely wrong', misses, true)}
    <p class="muted">
      By number in the set, with the probability of the class decided for. Stamps that are surely wrong are
      the first to check for a wrong label.
    </p>`;
}

function epochSection(epochs: StampReportData['epochs']): Section {
  const several = epochs.length > 1;
  const name = (m: number, what: string) => (several ? `${what} ${m + 1}` : what);
  const series = epochs.flatMap((own, m) => {
    const x = own.map(({ epoch }) => epoch + 1);
    return [
      { label: name(m, 'training'), curve: { x, y: own.map(({ training }) => training['loss']) } },
      { label: name(m, 'validation'), curve: { x, y: own.map(({ validation }) => validation['loss']) } },
    ];
  });
  const kept = epochs.map((own) => 1 + (own.findLast(({ best }) => best)?.epoch ?? 0)).join(', ');
  const seconds = epochs.flatMap((own) => own.map((each) => each.seconds)).sort((a, b) => a - b);
  const median = seconds[Math.floor(seconds.length / 2)];
  return {
    id: 'epochs',
    title: 'Losses',
    body: figure(
      learningCurvePlot({ series, xLabel: 'epoch', yLabel: 'cross-entropy', ...size, width: 640 }),
      'Cross-entropy by epoch',
      `Training: mean of the epoch's steps, with dropout and changed stamps. Kept: epoch ${kept}, of least validation loss. An epoch took ${formatNumber(median, 1)} s (median).`,
      true,
    ),
  };
}

function abstention({ abstention: found }: StampFigures): Html {
  if (found === null) return html``;
  return html`<p>
    Below a probability of ${formatNumber(found.confidence)} of the likeliest class the answer is “don’t
    know”. ${formatInterval(found.coverage, 'percent')} of the stamps are decided, of these
    ${formatInterval(found.accuracy, 'percent')} rightly; were all decided,
    ${formatInterval(found.accuracyOfAll, 'percent')}.
  </p>`;
}
