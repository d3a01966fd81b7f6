import { learningCurvePlot } from '@blemish/evaluate';
import type { EncoderDescription } from '../bundle-description.ts';
import type { EpochFigures } from '../training/epochs.ts';
import type { FrameIndex } from '../training/frame-store.ts';
import { reconstructions } from '../training/measure-autoencoder.ts';
import type { AutoencoderMeasure, FrameExample } from '../training/measure-autoencoder.ts';
import { formatDuration, formatNumber, formatSmallInterval, plural } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { figure, nameValueList, renderPage, tiles } from './page.ts';
import { encodePicture } from './pictures.ts';
import { provenanceSection } from './provenance-section.ts';

export interface AutoencoderReportData {
  readonly description: EncoderDescription;
  readonly generatedAt: string;
  readonly command: string;
  readonly epochs: readonly EpochFigures[];
  /** The epoch kept, from 0. */
  readonly best: number | null;
  readonly training: { readonly objects: number; readonly frames: number };
  readonly measure: AutoencoderMeasure;
  readonly index: FrameIndex;
  readonly notes: readonly string[];
}

const parts = {
  loss: 'Loss',
  reconstruction: 'Log cosh of the pixels',
  divergence: 'Kullback–Leibler divergence',
} as const;

/** The report of an autoencoder's training as one self-contained HTML page; its numbers are those of `metrics.json`. */
export function renderAutoencoderReport(data: AutoencoderReportData): string {
  const { description, epochs, best, training, measure, index } = data;
  const { figures } = measure;
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const { provenance } = description;
  return renderPage({
    title: description.name,
    subtitle: html`Autoencoder of frames, ${description.dimensions} latent numbers. Trained on
    ${plural(training.frames, 'frame')} of ${plural(training.objects, 'object')}, measured on
    ${plural(figures.frames, 'frame')} of ${plural(figures.objects, 'other object')} ·
    ${data.generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: tiles([
      {
        label: 'Log cosh, held-out frames',
        value: formatNumber(figures.logCosh.network.value, 5),
        note: `mean frame ${formatNumber(figures.logCosh['mean frame'].value, 5)}`,
      },
      {
        label: 'Root mean square',
        value: formatNumber(Math.sqrt(figures.squaredError.network.value ?? NaN), 4),
        note: 'of the difference, pixels from 0 to 1',
      },
      { label: 'Best epoch', value: best === null ? '–' : String(best + 1), note: `of ${epochs.length}` },
      {
        label: 'Time of an epoch',
        value: formatDuration(seconds / Math.max(1, epochs.length)),
        note: `${formatDuration(seconds)} in all`,
      },
    ]),
    sections: [
      {
        id: 'curves',
        title: 'Losses by epoch',
        aside: 'training frames with noise and turned, held-out frames from their means and as they are',
        body: html`<div class="plots">
          ${(Object.keys(parts) as (keyof typeof parts)[]).map((name) => lossFigure(epochs, name))}
        </div>`,
      },
      {
        id: 'reconstruction',
        title: 'How well frames are made again',
        aside: 'held-out frames; 95 % intervals by object',
        body: figureTable(measure),
      },
      {
        id: 'frames',
        title: 'Frames and what is made of them',
        aside: 'held out, drawn at random',
        body: sheet(measure.random),
      },
      {
        id: 'worst',
        title: 'Made again worst',
        aside: 'held out, largest log cosh first',
        body: sheet(measure.worst),
      },
      { id: 'data', title: 'Data', body: dataSection(index, data.notes) },
      provenanceSection([
        ['command', data.command],
        ['recipe', `${provenance.kind === 'training' ? provenance.recipe : ''}`],
        ['frames', index.sha256],
        ...Object.entries(provenance.versions),
      ]),
    ],
    footer: html`Written by Blemish; the same numbers are in metrics.json. This page is complete in itself: it
    loads nothing from the network.`,
  });
}

function lossFigure(epochs: readonly EpochFigures[], name: keyof typeof parts): Html {
  const curve = (of: 'training' | 'validation', label: string) => ({
    label,
    curve: { x: epochs.map(({ epoch }) => epoch + 1), y: epochs.map((epoch) => epoch[of][name]) },
  });
  const svg = learningCurvePlot({
    series: [curve('training', 'training'), curve('validation', 'held out')],
    xLabel: 'epoch',
    yLabel: parts[name],
    yScale: 'log',
    width: 440,
    height: 300,
  });
  return figure(
    svg,
    parts[name],
    name === 'divergence' ? 'Of the latent numbers from a standard normal distribution.' : 'Less is better.',
  );
}

function figureTable({ figures }: AutoencoderMeasure): Html {
  const { logCosh, squaredError, difference, components } = figures;
  const titles = {
    network: 'network, from its means',
    'mean frame': 'mean of the training frames',
    'principal components': `${components} principal components`,
  };
  const row = (title: string, cosh: string, squared: string) =>
    html`<tr>
      <td>${title}</td>
      <td class="num">${cosh}</td>
      <td class="num">${squared}</td>
    </tr>`;
  return html`<div class="tablewrap">
      <table>
        <thead>
          <tr>
            <th>Made by</th>
            <th class="num">log cosh, mean over pixels</th>
            <th class="num">squared difference</th>
          </tr>
        </thead>
        <tbody>
          ${reconstructions.map((name) => row(titles[name], formatSmallInterval(logCosh[name]), formatSmallInterval(squaredError[name])))}
          ${row('network less principal components', formatSmallInterval(difference.logCosh), formatSmallInterval(difference.squaredError))}
        </tbody>
      </table>
    </div>
    <p class="muted">
      Principal components are the best that as many numbers can do linearly; they are not regular, as the
      latent numbers of a variational autoencoder are.
    </p>`;
}

/** Frames above what is made of them. */
function sheet(examples: readonly FrameExample[]): Html {
  const rows: readonly (readonly [string, (example: FrameExample) => Float32Array])[] = [
    ['frame', ({ original }) => original],
    ['network', ({ made }) => made.network],
    ['principal components', ({ made }) => made['principal components']],
  ];
  return html`<div class="tablewrap">
    <table>
      <tbody>
        ${rows.map(
          ([title, pixels]) =>
            html`<tr>
              <th>${title}</th>
              ${examples.map((example) => html`<td>${frameImage(pixels(example), `${title} of ${example.oid}`)}</td>`)}
            </tr>`,
        )}
        <tr>
          <th>log cosh</th>
          ${examples.map(({ logCosh }) => html`<td class="num">${formatNumber(logCosh, 5)}</td>`)}
        </tr>
        <tr>
          <th>object</th>
          ${examples.map(({ oid, frame }) => html`<td class="mono" style="max-width:72px;white-space:normal">${oid} <span class="muted">${frame}</span></td>`)}
        </tr>
      </tbody>
    </table>
  </div>`;
}

function frameImage(pixels: Float32Array, alt: string): Html {
  const side = Math.sqrt(pixels.length);
  const bytes = Uint8Array.from(pixels, (value) => Math.max(0, Math.min(255, Math.round(255 * value))));
  const { image } = encodePicture(
    { width: side, height: side, pixels: bytes, overlay: new Uint8Array(bytes.length) },
    [],
  );
  return html`<img src="${image}" width="72" height="72" alt="${alt}" style="image-rendering:pixelated" />`;
}

function dataSection({ objects, frames, padded, empty, failed }: FrameIndex, notes: readonly string[]): Html {
  const codes = new Map<string, number>();
  for (const { code } of failed) codes.set(code, (codes.get(code) ?? 0) + 1);
  return html`${nameValueList([
    ['objects', objects.length],
    ['frames', frames],
    ['padded at an edge', padded],
    ['without a value, left out', empty],
    ...[...codes].map(([code, count]) => [`left out, ${code}`, count] as const),
  ])}
  ${notes.map((note) => html`<p>${note}</p>`)}`;
}
