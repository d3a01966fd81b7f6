import type { Interval } from '@blemish/evaluate';
import type { ExplainSummary } from '../explain/types.ts';
import type { TruthFigures } from '../explain/heat-in-truth.ts';
import { formatInterval, formatNumber, formatPercent, plural } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { renderPage, tiles } from './page.ts';
import { provenanceSection } from './provenance-section.ts';

/** A stamp on the page. */
export interface ExplainedStamp {
  readonly path: string;
  /** `stamp 3`, `HDU 2`. */
  readonly place: string;
  /** Class and probability. */
  readonly title: string;
  readonly note: string | null;
  /** Share of its heat inside the truth. */
  readonly inside: number | null;
  /** Data URI. */
  readonly image: string;
}

export interface ExplanationReport {
  readonly stamps: readonly ExplainedStamp[];
  readonly summary: ExplainSummary;
  readonly randomised: string | null;
  readonly generatedAt: string;
  readonly provenance: readonly (readonly [string, string])[];
}

const names: Readonly<Record<ExplainSummary['method'], string>> = {
  gradcam: 'Grad-CAM',
  'gradcam++': 'Grad-CAM++',
  hirescam: 'HiResCAM',
  scorecam: 'Score-CAM',
  occlusion: 'Occlusion',
  neighbours: 'Nearest labelled stamps',
};

const meanings: Readonly<Record<ExplainSummary['method'], string>> = {
  gradcam:
    'Heat: the channels of the layer, each weighted by the mean gradient of the class score with respect to it (Selvaraju et al. 2017).',
  'gradcam++':
    'Heat: as Grad-CAM, with the gradient of each pixel weighted so that several objects of the class all show (Chattopadhay et al. 2018).',
  hirescam:
    'Heat: the sum over the channels of the layer of activation times gradient of the class score, pixel by pixel (Draelos & Carin 2020).',
  scorecam:
    'Heat: the channels of the layer, each weighted by the class score that the stamp has where only this channel lets it through (Wang et al. 2020).',
  occlusion: 'Heat: how much the class score falls where a patch hides the stamp (Zeiler & Fergus 2014).',
  neighbours:
    'Each stamp beside the labelled ones whose embedding (what the last dense layer is given) is nearest to its own.',
};

/** The page of an explanation: what was asked, how well the heat fits the truth where there is one, every stamp. */
export function renderExplanations(report: ExplanationReport): string {
  const { stamps, summary, randomised, generatedAt, provenance } = report;
  const { method, layer, explained, empty, failed, truth, limited } = summary;
  return renderPage({
    title: `${names[method]} of ${summary.model}`,
    subtitle: html`${plural(explained, 'stamp')} · ${generatedAt.slice(0, 16).replace('T', ' ')} UTC`,
    summary: html`${
      randomised === null
        ? ''
        : html`<p class="banner">
            Weights drawn anew (${randomised}): this is the sanity check, not the model. Heat that looks the
            same as the model's does not explain it.
          </p>`
    }${tiles([
      {
        label: 'explained',
        value: String(explained),
        note: limited ? 'the first; more with --limit' : undefined,
      },
      { label: 'without a value', value: String(empty) },
      {
        label: 'failed',
        value: String(failed.length),
        ...(failed.length > 0 ? { tone: 'bad' as const } : {}),
      },
      ...(truth === null ? [] : truthTiles(truth)),
    ])}`,
    sections: [
      ...(truth === null ? [] : [truthSection(truth)]),
      {
        id: 'stamps',
        title: 'Stamps',
        ...(layer === null ? {} : { aside: `layer ${layer}` }),
        body: html`<p>${meanings[method]} ${method === 'neighbours' ? '' : scaleNote}</p>
          <div class="plots">${stamps.map(stampFigure)}</div>`,
      },
      ...(failed.length === 0
        ? []
        : [
            {
              id: 'failed',
              title: 'Failed',
              body: html`<ul>
                ${failed.map(({ error }) => html`<li>${error}</li>`)}
              </ul>`,
            },
          ]),
      provenanceSection(provenance),
    ],
    footer: html`Written by Blemish; the same numbers are in
    explanations.csv${method === 'neighbours' ? '' : ' and heat.npy'}. This page is complete in itself: it
    loads nothing from the network.`,
  });
}

const scaleNote =
  'Each stamp has its own scale, the hottest pixel in light yellow. Heat says where evidence for the class was found, not that the class is right.';

function stampFigure({ path, place, title, note, inside, image }: ExplainedStamp): Html {
  return html`<figure class="plot">
    <h3>
      ${title}${inside === null ? '' : html` <small class="muted">${formatPercent(inside)} of the heat in the truth</small>`}
    </h3>
    <img src="${image}" alt="${place} of ${path}" loading="lazy" style="max-width:100%" />
    <figcaption>
      <span class="mono">${path}</span> ${place}${note === null ? '' : html` · ${note}`}
    </figcaption>
  </figure>`;
}

function truthTiles({ ratio, aboveCentre, randomisedRatio }: TruthFigures) {
  const times = (interval: Interval) =>
    interval.value === null ? 'n/a' : `${formatNumber(interval.value, 1)} ×`;
  return [
    { label: 'heat in the truth', value: times(ratio), note: 'its share of the area' },
    {
      label: 'above the centre control',
      value: aboveCentre.value === null ? 'n/a' : formatPercent(aboveCentre.value),
      note: 'of the heat',
    },
    { label: 'weights drawn anew', value: times(randomisedRatio), note: 'its share of the area' },
  ];
}

function truthSection(truth: TruthFigures) {
  const rows: readonly (readonly [string, string])[] = [
    ['Share of the heat inside the truth', formatInterval(truth.inside, 'percent')],
    ['Share of the pixels that the truth takes', formatInterval(truth.area, 'percent')],
    ['Heat inside, as a multiple of that area', formatInterval(truth.ratio)],
    ['… a Gaussian at the centre', formatInterval(truth.centreRatio)],
    ["… another stamp's heat", formatInterval(truth.otherRatio)],
    ['… all weights drawn anew, mean of 5 draws', formatInterval(truth.randomisedRatio)],
    ["More of the heat inside than of the centre's", formatInterval(truth.aboveCentre, 'percent')],
    [
      'More of the heat inside than with weights drawn anew',
      formatInterval(truth.aboveRandomised, 'percent'),
    ],
  ];
  return {
    id: 'truth',
    title: 'Against truth',
    aside: `${plural(truth.stamps, 'stamp')} with truth, 95 % intervals`,
    body: html`<p>
        Evenly spread heat has 1. The Gaussian knows only that objects are in the middle; another stamp's heat
        is what the network lights up whatever it sees; a network with weights drawn anew has learned nothing
        (Adebayo et al. 2018).
      </p>
      <div class="tablewrap">
        <table>
          <tbody>
            ${rows.map(
              ([name, value]) =>
                html`<tr>
                  <td>${name}</td>
                  <td class="num">${value}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`,
  };
}
