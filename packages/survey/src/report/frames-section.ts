import type { DecidedGroup, DecidedObject, DecidingFrame } from '../learning/decided-objects.ts';
import { oddFrom } from '../learning/frame-rows.ts';
import { formatNumber, formatPercent, plural } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import type { Section } from './page.ts';
import { encodePicture } from './pictures.ts';

/** Objects with the frames their verdict comes from. @param groups of at least one object */
export function framesSection(groups: readonly DecidedGroup[], positive: string | null): Section {
  const all = groups.flatMap(({ objects }) => objects);
  const weighed = all.some(({ top }) => top.some(({ share }) => share !== null));
  const drawn = all.some(({ top }) => top.some(({ picture }) => picture !== null));
  return {
    id: 'frames',
    title: 'Frames that decided',
    body: html`<p class="muted">
        Strip: how odd each frame is among those of its object, in order of time (square-root scale; dashed:
        ${oddFrom} robust deviations, from which a frame is flagged). Marked, and below by number from 0: the
        frames
        ${weighed ? 'with the largest share in the verdict, with that share' : 'that are oddest; this model does not weigh frames'}.
        Flagged ones are framed.
        ${drawn ? 'The last picture is of the least odd of the other frames. Each has its own limits (zscale, asinh); a frame cut off at the edge of a chip is drawn as its file holds it.' : ''}
      </p>
      ${groups.map(
        ({ title, objects }) =>
          html`<h3 class="group">${title}</h3>
            <div class="objects">${objects.map((object) => objectCard(object, positive))}</div>`,
      )}`,
  };
}

function objectCard(object: DecidedObject, positive: string | null): Html {
  const { id, label, decided, words, probability, oddness, top, ordinary } = object;
  const odd = oddness.filter((value) => value >= oddFrom).length;
  return html`<article class="object">
    <h4>${id} <span class="muted">${words}</span></h4>
    <p class="quality">
      ${label}, decided for ${decided} · probability of ${positive ?? decided} ${probability.toPrecision(3)} ·
      ${plural(oddness.length, 'frame')}, ${odd} odd
    </p>
    ${frameStrip(oddness, top)}
    <div class="stamps">
      ${top.map((frame) => stamp(frame))}${ordinary === null ? '' : stamp(ordinary, 'usual')}
    </div>
  </article>`;
}

function stamp({ frame, oddness, odd, share, picture }: DecidingFrame, name?: string): Html {
  const drawn = picture === null ? null : encodePicture(picture, []);
  return html`<div class="${odd ? 'stamp odd' : 'stamp'}">
    ${
      drawn === null
        ? ''
        : html`<img
            src="${drawn.image}"
            width="${drawn.width}"
            height="${drawn.height}"
            alt="frame ${frame}"
            loading="lazy"
          />`
    }
    <b>${frame}</b>${name === undefined ? '' : ` ${name}`}
    ${share === null ? '' : html`<span>${formatPercent(share)}</span>`}
    <span>odd ${formatNumber(oddness, 1)}</span>
  </div>`;
}

const [width, height, base] = [480, 54, 48] as const;

/** How odd the frames are, one line each, those that decided marked. */
function frameStrip(oddness: Float64Array, top: readonly DecidingFrame[]): Html {
  const most = Math.max(1.5 * oddFrom, ...oddness);
  const x = (frame: number) => (((frame + 0.5) / oddness.length) * width).toFixed(1);
  const y = (value: number) => (base - (base - 5) * Math.sqrt(value / most)).toFixed(1);
  const thick = Math.min(5, Math.max(0.5, (0.6 * width) / oddness.length)).toFixed(1);
  const lines = Array.from(oddness, (value, frame) => `M${x(frame)} ${base}V${y(value)}`).join('');
  return html`<svg
    class="strip"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="Oddness of ${oddness.length} frames in order of time, at most ${formatNumber(Math.max(...oddness), 1)}"
  >
    <path d="M0 ${base}H${width}" stroke="#cbd2d9" />
    <path d="${lines}" stroke="#0072b2" stroke-width="${thick}" />
    <path d="M0 ${y(oddFrom)}H${width}" stroke="#616e7c" stroke-dasharray="4,3" />
    ${top.map(({ frame, oddness: own }) => html`<circle cx="${x(frame)}" cy="${y(own)}" r="4" fill="#d55e00"><title>frame ${frame}</title></circle>`)}
  </svg>`;
}
