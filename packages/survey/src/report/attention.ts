import { formatPercent, plural } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import type { ExposureGroup, ScanReportCounts, ScanReportData, ScanReportImage } from './types.ts';

/** A class on at least this many CCDs of one exposure is a matter of the exposure, not of a CCD. */
const wholeExposure = 3;
const maxEntries = 8;

/**
 * What to look at first, in order: exposures with one class on several CCDs, then single images by probability, then
 * what could not be read or judged.
 */
export function attentionList(
  data: ScanReportData,
  counts: ScanReportCounts,
  groups: readonly ExposureGroup[],
  linkTo: (image: ScanReportImage) => string | null,
): Html {
  if (data.judged !== undefined) return listOf(judgedEntries(data, counts));
  const entries: Html[] = [];
  const covered = new Set<ScanReportImage>();
  const wide = groups
    .map((group) => ({ group, classes: classCounts(group) }))
    .filter(({ classes }) => (classes[0]?.images.length ?? 0) >= wholeExposure)
    .sort((a, b) => b.classes[0].images.length - a.classes[0].images.length);
  for (const { group, classes } of wide.slice(0, maxEntries - 3)) {
    const [main, ...others] = classes;
    for (const { images } of classes) for (const image of images) covered.add(image);
    const judged = group.images.length;
    const rest = others.slice(0, 3).map(({ name, images }) => `${name} on ${images.length}`);
    const target = main.images.map(linkTo).find((link) => link !== null);
    const text = html`<strong>${main.name}</strong> on ${main.images.length} of ${judged} CCDs of
      <span class="mono">${group.exposure}</span>`;
    entries.push(
      html`<div>
        ${target === undefined ? text : html`<a href="#${target}">${text}</a>`}${rest.length === 0 ? '' : html`<br /><span class="muted">also ${rest.join(', ')}</span>`}
      </div>`,
    );
  }
  const single = data.images
    .filter((image) => image.flagged && !covered.has(image))
    .sort((a, b) => (b.probability ?? 0) - (a.probability ?? 0));
  for (const image of single.slice(0, Math.max(3, maxEntries - entries.length))) {
    const names = [...new Set(image.findings.filter((f) => f.flagged).map((f) => f.className))];
    const link = linkTo(image);
    const what = html`<strong>${names.length === 0 ? 'Artifact, class unsure' : names.join(', ')}</strong> on
      ${image.ccd === '' ? `HDU ${image.hdu}` : image.ccd} of <span class="mono">${image.exposure}</span>`;
    entries.push(
      html`<div>
        ${link === null ? what : html`<a href="#${link}">${what}</a>`}<br /><span class="muted"
          >probability ${formatPercent(image.probability)}, ${formatPercent(image.maskedFraction)} masked,
          action: ${image.action}</span
        >
      </div>`,
    );
  }
  entries.push(...commonEntries(data, counts));
  if (single.length === 0 && wide.length === 0) {
    entries.unshift(html`<div><strong>No image is above the threshold.</strong></div>`);
  }
  return listOf(entries);
}

function listOf(entries: readonly Html[]): Html {
  return html`<ol class="first">
    ${entries.map((entry) => html`<li>${entry}</li>`)}
  </ol>`;
}

/** Of a model of exposures: the worst ones, then what is to be known of the whole. */
function judgedEntries(data: ScanReportData, counts: ScanReportCounts): Html[] {
  const worst = (data.judged ?? []).filter(({ bad }) => bad).slice(0, maxEntries);
  return [
    ...(worst.length === 0 ? [html`<div><strong>No exposure is bad by the model.</strong></div>`] : []),
    ...worst.map(
      ({ exposure, category, decided, badCcds, ccds, score }) =>
        html`<div>
          <a href="#judged"
            ><strong>${decided ? category : 'Bad, why is not sure'}</strong>
            <span class="mono">${exposure}</span></a
          ><br /><span class="muted">${badCcds} of ${ccds} CCDs, score ${score.toFixed(3)}</span>
        </div>`,
    ),
    ...commonEntries(data, counts),
  ];
}

/** Notes, and what could not be read or judged. */
function commonEntries(data: ScanReportData, counts: ScanReportCounts): Html[] {
  const entries: Html[] = [];
  for (const note of data.notes ?? []) entries.push(html`<div>${note}</div>`);
  if (counts.failures > 0) {
    entries.push(
      html`<div>
        <a href="#failures"><strong>${plural(counts.failures, 'input')} could not be read</strong></a
        ><br /><span class="muted"
          >${[...new Set(data.failures.map((f) => f.code))].slice(0, 5).join(', ')}</span
        >
      </div>`,
    );
  }
  const unjudged = data.images.filter((image) => image.probability === null);
  if (counts.unjudged > 0) {
    const reasons = [...new Set(unjudged.map((image) => image.reason ?? 'no reason given'))];
    entries.push(
      html`<div>
        <strong>${plural(counts.unjudged, 'image')} not judged</strong><br /><span class="muted"
          >${reasons.slice(0, 3).join('; ')}</span
        >
      </div>`,
    );
  }
  return entries;
}

/** Flagged classes of an exposure by the number of images they are on. */
export function classCounts(group: ExposureGroup): { name: string; images: ScanReportImage[] }[] {
  const counts = new Map<string, ScanReportImage[]>();
  for (const image of group.images) {
    if (!image.flagged) continue;
    for (const name of new Set(image.findings.filter((f) => f.flagged).map((f) => f.className))) {
      counts.set(name, [...(counts.get(name) ?? []), image]);
    }
  }
  return [...counts]
    .map(([name, images]) => ({ name, images }))
    .sort((a, b) => b.images.length - a.images.length);
}
