import { formatNumber, formatPercent } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import type { JudgedExposure, ScanReportImage } from './types.ts';

/** Categories shown as bars: the likeliest, at most this many, from this probability. */
const maxBars = 4;
const minProbability = 0.05;

/** Exposures as a model of exposures judges them: what is wrong, how surely, and which labelled ones they resemble. */
export function judgedSection(
  judged: readonly JudgedExposure[],
  images: readonly ScanReportImage[],
  linkTo: (image: ScanReportImage) => string | null,
): Html {
  if (judged.length === 0)
    return html`<p>No exposure is bad by the model, and it knows the category of each.</p>`;
  const links = new Map<string, string>();
  for (const image of images) {
    const link = linkTo(image);
    if (link !== null && !links.has(image.exposure)) links.set(image.exposure, link);
  }
  return html`<div class="tablewrap">
    <table class="full">
      <thead>
        <tr>
          <th>Exposure</th>
          <th>Verdict</th>
          <th>Why</th>
          <th class="num">CCDs bad</th>
          <th class="num">Score</th>
          <th class="num">Novelty</th>
          <th>Nearest labelled CCDs</th>
        </tr>
      </thead>
      <tbody>
        ${judged.map((one) => row(one, links.get(one.exposure) ?? null))}
      </tbody>
    </table>
  </div>`;
}

function row(one: JudgedExposure, link: string | null): Html {
  const name = html`<span class="mono">${one.exposure}</span>`;
  const verdict = one.decided ? one.category : `don’t know (${one.category}?)`;
  const bars = Object.entries(one.probabilities)
    .filter(([, p]) => p >= minProbability)
    .sort((a, b) => b[1] - a[1])
    .slice(0, maxBars);
  return html`<tr class="${one.bad ? 'flag' : ''}">
    <td>
      ${link === null ? name : html`<a href="#${link}">${name}</a>`}${one.band === null ? '' : ` · ${one.band}`}
    </td>
    <td><span class="badge ${one.action}">${one.action}</span> ${verdict}</td>
    <td class="wrap">${bars.map(([category, p]) => `${category} ${formatPercent(p)}`).join(', ')}</td>
    <td class="num">${one.badCcds} of ${one.ccds}</td>
    <td class="num">${formatNumber(one.score, 3)}</td>
    <td class="num">${one.noveltyShare === null ? '–' : formatPercent(one.noveltyShare)}</td>
    <td class="wrap">
      ${one.neighbours
        .map(
          ({ exposure, ccd, category, distance }) =>
            `${exposure} ${ccd}: ${category} (${formatNumber(distance, 2)})`,
        )
        .join(', ')}
    </td>
  </tr>`;
}
