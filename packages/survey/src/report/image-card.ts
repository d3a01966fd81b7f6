import type { ClassColor } from './class-colors.ts';
import { formatNumber, formatPercent } from './format.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { Picture } from './pictures.ts';
import type { ReportQuality, ScanReportImage } from './types.ts';

/** Classes shown as bars: the likeliest, at most this many, from this probability. */
const maxBars = 5;
const minProbability = 0.02;
const maxFindings = 4;

/** An image with its mask drawn over, what it is, where, and how good the image is. */
export function imageCard(
  image: ScanReportImage,
  id: string,
  picture: Picture | null,
  colors: ReadonlyMap<string, ClassColor>,
): Html {
  const name = image.ccd === '' ? `HDU ${image.hdu}` : image.ccd;
  const swatch = (className: string): Html =>
    html`<span class="swatch" style="background:${colors.get(className)?.color ?? '#9aa5b1'}"></span>`;
  const bars = Object.entries(image.classes)
    .flatMap(([className, p]) => (p !== null && p >= minProbability ? [{ className, p }] : []))
    .sort((a, b) => b.p - a.p)
    .slice(0, maxBars);
  const findings = [...image.findings].filter((f) => f.flagged).sort((a, b) => b.probability - a.probability);
  return html`<article class="card" id="${id}">
    ${picture === null ? html`<div class="nopicture">no picture kept</div>` : pictureButton(picture, `${image.exposure} ${name}`)}
    <div class="facts">
      <h3>
        <span class="ccd">${name}</span
        ><span class="exposure" title="${image.exposure}"
          >${image.exposure}${image.band === null ? '' : ` · ${image.band}`}</span
        >
      </h3>
      <p class="verdict">
        <b>${formatPercent(image.probability)}</b><span class="badge ${image.action}">${image.action}</span
        ><span class="muted">${formatPercent(image.maskedFraction)} masked</span>
      </p>
      <div class="bars">
        ${bars.map(
          ({ className, p }) =>
            html`<span>${className}</span
              ><span class="bar"
                ><i
                  style="width:${(100 * p).toFixed(1)}%;background:${colors.get(className)?.color ?? '#9aa5b1'}"
                ></i></span
              ><span class="n">${p.toFixed(2)}</span>`,
        )}
      </div>
      ${
        findings.length === 0
          ? ''
          : html`<ul class="findings">
              ${findings.slice(0, maxFindings).map(
                (f) =>
                  html`<li>
                    ${swatch(f.className)}${f.className} at x ${f.x.toFixed(0)}, y ${f.y.toFixed(0)}
                    <span class="muted"
                      >· ${f.area.toLocaleString('en')}
                      px${f.eventId === undefined ? '' : ` · ${f.eventId}`}</span
                    >
                  </li>`,
              )}${findings.length > maxFindings ? html`<li class="muted">and ${findings.length - maxFindings} more, in the catalogue</li>` : ''}
            </ul>`
      }
      <p class="quality">${qualityLine(image.quality)}</p>
      <p class="file mono">
        ${image.path}[${image.hdu}]${image.maskPath == null ? '' : html` · <a href="${maskLink(image.maskPath)}">mask</a>`}
      </p>
    </div>
  </article> `;
}

/** `FWHM 4.1 px · ellipticity 0.05 · sky …`, what there is of it. */
function qualityLine(quality: ReportQuality): string {
  const parts: string[] = [];
  const add = (label: string, value: number | null, digits: number, unit = ''): void => {
    if (value !== null) parts.push(`${label} ${formatNumber(value, digits)}${unit}`);
  };
  add('FWHM', quality.fwhm, 2, ' px');
  add('ellipticity', quality.ellipticity, 2);
  add('sky', quality.sky, 1);
  add('rms', quality.rms, 2);
  add('stars', quality.nStars, 0);
  add('transparency', quality.transparency, 2);
  add('zero point', quality.zeroPoint, 2);
  add('depth factor', quality.depthFactor, 2);
  return parts.join(' · ');
}

function pictureButton({ width, height, image, mask }: Picture, alt: string): Html {
  const shape = width > 0.8 * height ? 'picture square' : 'picture';
  return html`<button type="button" class="${shape}" title="Larger / smaller">
    <img src="${image}" width="${width}" height="${height}" alt="${alt}" loading="lazy" />${
      mask === null
        ? ''
        : html`<img src="${mask}" width="${width}" height="${height}" alt="" loading="lazy" />`
    }
  </button>`;
}

/** Always a path below the report, whatever the file is called. */
function maskLink(path: string): string {
  return `./${path.split(/[\\/]/).map(encodeURIComponent).join('/')}`;
}
