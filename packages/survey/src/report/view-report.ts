import { learningCurvePlot } from '@blemish/evaluate';
import type { EncoderDescription } from '../bundle-description.ts';
import type { Collapse } from '../self-distillation/collapse.ts';
import type { SelfDistillationRecipe } from '../self-distillation-recipe.ts';
import type { EpochFigures } from '../training/epochs.ts';
import { formatDuration, formatNumber, plural } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, nameValueList, renderPage, tiles } from './page.ts';
import { provenanceSection } from './provenance-section.ts';

export interface ViewReportData {
  readonly description: EncoderDescription;
  readonly generatedAt: string;
  readonly command: string;
  readonly recipe: SelfDistillationRecipe;
  readonly epochs: readonly EpochFigures[];
  /** The epoch kept, from 0. */
  readonly kept: number | null;
  readonly collapse: Collapse | null;
  /** Was it stopped because of that? */
  readonly stopped: boolean;
  readonly training: number;
  readonly validation: number;
  readonly simulated: boolean;
  readonly notes: readonly string[];
}

/** Name in the figures, title, and what the curve says. */
const curves = [
  [
    'loss',
    'Loss',
    'Cross-entropy of student and teacher. It need not fall: the teacher gets sharper and better, too.',
  ],
  [
    'entropy',
    "Entropy of the teacher's answers",
    'At the dashed line they are even and say nothing; at 0 each is one output.',
  ],
  ['spread', "Entropy of the teacher's mean answer", 'At 0 all CCDs get the same output: collapse.'],
  ['kl', 'Divergence of student and teacher', 'What is left of the loss without the entropy.'],
  [
    'deviation',
    'Deviation of embeddings',
    'Over held-out CCDs, as a share of their size; near 0 all are alike: collapse.',
  ],
  ['rank', 'Effective rank of embeddings', 'Directions that they spread over; 1 where one has all.'],
  [
    'probe',
    'Probe',
    'Held-out CCDs whose label is that of their nearest training CCDs. Labels are for this curve alone.',
  ],
] as const;

/** The report of a training on views as one self-contained HTML page; its numbers are those of `metrics.json`. */
export function renderViewReport(data: ViewReportData): string {
  const { description, epochs, kept, collapse, training, validation } = data;
  const metrics = description.validationMetrics ?? {};
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const value = (name: string, digits = 3) => formatNumber(metrics[name] ?? NaN, digits);
  return renderPage({
    title: description.name,
    subtitle: html`Encoder of CCDs by self-distillation, ${description.dimensions} numbers. Trained without
    labels on ${plural(training, data.simulated ? 'simulated CCD' : 'CCD')}, measured on ${validation} of
    other exposures · ${data.generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: html`${collapse === null ? null : collapseNote(collapse, data.stopped)}
    ${tiles([
      { label: 'Effective rank', value: value('rank'), note: `of ${description.dimensions} numbers` },
      { label: 'Deviation', value: value('deviation'), note: 'of embeddings, share of their size' },
      {
        label: 'Probe',
        value: metrics['probe'] === undefined ? '–' : value('probe'),
        note: 'label of 7 nearest training CCDs right',
      },
      {
        label: 'Epoch kept',
        value: kept === null ? '–' : String(kept + 1),
        note:
          epochs.length === 0 ? 'random weights' : `of ${epochs.length}, ${formatDuration(seconds)} in all`,
      },
    ])}`,
    sections: [
      ...(epochs.length === 0
        ? []
        : [
            {
              id: 'curves',
              title: 'By epoch',
              aside: 'training crops; held-out CCDs with crops that stay the same',
              body: html`<div class="plots">
                ${curves.map(([name, title, caption]) => curveFigure(data, name, title, caption))}
              </div>`,
            },
          ]),
      {
        id: 'data',
        title: 'Data',
        body: html`${nameValueList([
          ['CCDs trained on', training],
          ['CCDs held out', validation],
          ['simulated', data.simulated ? 'yes' : 'no'],
          ['pictures of a CCD', description.input.channels],
          ['their side, pixels', description.input.width],
        ])}
        ${data.notes.map((note) => html`<p>${note}</p>`)}`,
      },
      provenanceSection([
        ['command', data.command],
        ['recipe', 'recipe' in description.provenance ? description.provenance.recipe : ''],
        ...Object.entries(description.provenance.versions),
      ]),
    ],
    footer: html`Written by Blemish; the same numbers are in metrics.json. This page is complete in itself: it
    loads nothing from the network.`,
  });
}

function collapseNote({ message }: Collapse, stopped: boolean): Html {
  return html`<p role="alert">
    <strong>${stopped ? 'Stopped: this training collapsed.' : 'This training collapsed.'}</strong> In detail:
    ${message}. ${stopped ? 'There is no bundle.' : 'Its embeddings say little of a CCD.'}
  </p>`;
}

function curveFigure(
  { epochs, recipe }: ViewReportData,
  name: string,
  title: string,
  caption: string,
): Html | null {
  const curve = (of: 'training' | 'validation', label: string) => {
    const known = epochs.filter((epoch) => epoch[of][name] !== undefined);
    const points = { x: known.map(({ epoch }) => epoch + 1), y: known.map((epoch) => epoch[of][name]) };
    return known.length === 0 ? [] : [{ label, curve: points }];
  };
  const series = [...curve('training', 'training'), ...curve('validation', 'held out')];
  if (series.length === 0) return null;
  if (name === 'entropy') {
    const most = Math.log(recipe.model.head.outputs);
    const ends = [1, Math.max(2, epochs.length)];
    series.push({ label: 'even', curve: { x: ends, y: [most, most] } });
  }
  const svg = learningCurvePlot({ series, xLabel: 'epoch', yLabel: title, width: 440, height: 300 });
  return figure(svg, title, caption);
}
