import { decamLayout, gridLayout, skyLayout } from './focal-plane-layout.ts';
import type { CcdShape } from './focal-plane-layout.ts';
import { formatPercent } from './format.ts';
import { Html, escapeHtml } from './html.ts';
import type { ExposureGroup, ReportFailure, ScanReportImage } from './types.ts';

/** Colours of probability 0 … 1: pale grey to dark orange, lightness falling all the way. */
const scale: readonly (readonly [number, readonly [number, number, number]])[] = [
  [0, [233, 237, 241]],
  [0.3, [249, 226, 184]],
  [0.6, [240, 160, 75]],
  [1, [179, 64, 10]],
];

export function probabilityColor(p: number): string {
  const at = Math.min(1, Math.max(0, p));
  const k = Math.max(
    1,
    scale.findIndex(([stop]) => stop >= at),
  );
  const [low, a] = scale[k - 1];
  const [high, b] = scale[k];
  const t = (at - low) / (high - low);
  return `#${a
    .map((v, i) =>
      Math.round(v + t * (b[i] - v))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}

/** Patterns the maps share; put it into the page once. */
export const mapPatterns = new Html(
  '<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>' +
    '<pattern id="failed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/><path d="M0 0V6" stroke="#3e4c59" stroke-width="3"/></pattern>' +
    '</defs></svg>',
);

/**
 * Map of an exposure: DECam's focal plane where the CCDs carry its names, else the images where they lie on the sky,
 * else side by side. Colour is probability, a dark frame flagged, hatching failed, a white field not judged, a thin
 * outline a CCD that was not there. `linkTo` gives the fragment of an image's picture, or null.
 */
export function focalPlaneMap(group: ExposureGroup, linkTo: (image: ScanReportImage) => string | null): Html {
  const { shapes, unit, absent } = place(group);
  const points = [...shapes.flatMap(({ shape }) => shape.points), ...absent.flatMap((shape) => shape.points)];
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const factor = 400 / Math.max(Math.max(...xs) - left, 1e-9);
  const height = Math.min(440, factor * (Math.max(...ys) - top));
  // Tall layouts are narrowed to fit.
  const zoom = Math.min(factor, 440 / Math.max(Math.max(...ys) - top, 1e-9));
  const path = (shape: CcdShape): string =>
    `M${shape.points.map(([x, y]) => `${(6 + (x - left) * zoom).toFixed(0)} ${(6 + (y - top) * zoom).toFixed(0)}`).join('L')}Z`;
  const outline =
    absent.length === 0 ? '' : `<path d="${absent.map(path).join('')}" fill="none" stroke="#d5dbe1"/>`;
  const drawn = shapes.map(({ shape, image, failure }) => {
    if (image === null) {
      const title = `${failure?.ccd ?? ''}: could not be read (${failure?.code ?? ''})`;
      return `<path d="${path(shape)}" fill="url(#failed)" stroke="#3e4c59"><title>${escapeHtml(title)}</title></path>`;
    }
    const p = image.probability;
    const fill = p === null ? '#fff' : probabilityColor(p);
    const frame = image.flagged
      ? ' stroke="#1f2933" stroke-width="4"'
      : ` stroke="${p === null ? '#9aa5b1' : '#c9d1d9'}"`;
    const dashed = p === null ? ' stroke-dasharray="4 3"' : '';
    const title = escapeHtml(describe(image));
    const shown = `<path d="${path(shape)}" fill="${fill}"${frame}${dashed}><title>${title}</title></path>`;
    const link = linkTo(image);
    return link === null ? shown : `<a href="#${link}">${shown}</a>`;
  });
  // Frames of flagged CCDs last, so that no neighbour covers them.
  const order = shapes
    .map((_, i) => i)
    .sort((i, j) => Number(shapes[i].image?.flagged ?? false) - Number(shapes[j].image?.flagged ?? false));
  const label = `${unit} of ${group.exposure}: ${group.images.filter((image) => image.flagged).length} of ${group.images.length} flagged`;
  return new Html(
    `<svg viewBox="0 0 412 ${(height + 12).toFixed(0)}" role="img" aria-label="${escapeHtml(label)}">${outline}${order.map((i) => drawn[i]).join('')}</svg>`,
  );
}

/** `N4: 93 %, Satellite, Ghost`. */
export function describe(image: ScanReportImage): string {
  const name = image.ccd === '' ? `HDU ${image.hdu}` : image.ccd;
  if (image.probability === null) return `${name}: not judged (${image.reason ?? 'no reason given'})`;
  const found = [...new Set(image.findings.filter((f) => f.flagged).map((f) => f.className))];
  return `${name}: ${formatPercent(image.probability)}${found.length > 0 ? `, ${found.join(', ')}` : ''}`;
}

interface Placed {
  readonly shape: CcdShape;
  readonly image: ScanReportImage | null;
  readonly failure: ReportFailure | null;
}

function place({ images, failures }: ExposureGroup): { shapes: Placed[]; absent: CcdShape[]; unit: string } {
  const name = (ccd: string): string =>
    ccd
      .trim()
      .toUpperCase()
      .replace(/^([NS])0+/, '$1');
  if (
    images.length + failures.length > 0 &&
    [...images, ...failures].every(({ ccd }) => decamLayout.has(name(ccd ?? '')))
  ) {
    // A CCD that came twice is shown by its worse image.
    const byName = new Map<string, Placed>();
    for (const failure of failures)
      byName.set(name(failure.ccd!), { shape: decamLayout.get(name(failure.ccd!))!, image: null, failure });
    for (const image of [...images].sort((a, b) => (a.probability ?? -1) - (b.probability ?? -1))) {
      byName.set(name(image.ccd), { shape: decamLayout.get(name(image.ccd))!, image, failure: null });
    }
    const absent = [...decamLayout].flatMap(([ccd, shape]) => (byName.has(ccd) ? [] : [shape]));
    return { shapes: [...byName.values()], absent, unit: 'focal plane' };
  }
  // Nothing says where on the sky a CCD lies that could not be read: with one, all stand side by side.
  const sky = failures.length > 0 ? null : skyLayout(images.map(({ corners }) => corners));
  const shapes = sky ?? gridLayout(images.length + failures.length);
  return {
    shapes: [
      ...images.map((image, i) => ({ shape: shapes[i], image, failure: null })),
      ...failures.map((failure, i) => ({ shape: shapes[images.length + i], image: null, failure })),
    ],
    absent: [],
    unit: sky === null ? 'images' : 'sky map',
  };
}
