import { seriesColors } from '@blemish/evaluate';
import { version } from '../version.ts';
import { plural } from './format.ts';
import { Html, html } from './html.ts';
import { mapView } from './map-view.ts';
import type { MapColumn } from './map-view.ts';
import { nameValueList, renderPage } from './page.ts';
import type { Section } from './page.ts';
import { mostSpritePixels } from './thumbnail-sprite.ts';
import type { ThumbnailSprite } from './thumbnail-sprite.ts';

export interface MapPageData {
  readonly table: string;
  readonly method: 'tsne' | 'umap' | 'given';
  /** Rows of the table, of which the points are some or all. */
  readonly n: number;
  /** [points, dims] */
  readonly points: Float64Array;
  readonly dims: 2 | 3;
  /** Class of each point, '' where it has none; null where the table has no label. */
  readonly labels: readonly string[] | null;
  /** What else to color by and to say of a point; the label among them. */
  readonly columns: readonly MapColumn[];
  /** Column that names a point; null: none. */
  readonly title: string | null;
  /** Row of each point in its table, from 1. */
  readonly rows: ArrayLike<number>;
  readonly sprite: ThumbnailSprite | null;
  readonly features: readonly string[];
  readonly steps: readonly string[];
  readonly seed: number;
  readonly notes: readonly string[];
  readonly command: string;
}

/** Points of one color. */
interface Group {
  readonly name: string;
  readonly color: string;
  readonly count: number;
  /** Path of dots without length. */
  readonly path: string;
}

const titles = { tsne: 't-SNE map', umap: 'UMAP map', given: 'Map' } as const;
const side = 800;
/** Panels of single classes on a page at most. */
const mostPanels = 60;

/**
 * A map of the rows of a table as one self-contained page: all points, to look about in and to color by any column (without script a
 * picture colored by label), then each class by itself before all others.
 */
export function renderMapPage(data: MapPageData): string {
  const { table, method, n, points, dims, labels, features, steps, notes, sprite } = data;
  const shown = points.length / dims;
  const places = placed(points, dims);
  const groups = grouped(places, labels);
  const radius = shown > 5000 ? 2.5 : shown > 1000 ? 4 : 6;
  const panels = groups.slice(0, mostPanels);
  const picture = () =>
    html`<p class="legend">
        ${
          labels === null
            ? ''
            : groups.map(
                ({ name, color, count }) =>
                  html`<span
                    ><i class="swatch" style="background:${color}"></i>${name}
                    (${count.toLocaleString('en')})</span
                  >`,
              )
        }
      </p>
      <figure class="plot wide">
        <svg
          viewBox="0 0 ${side} ${side}"
          width="${side}"
          role="img"
          aria-label="${titles[method]} of ${shown} rows"
        >
          ${groups.map(({ color, path }) => dots(path, color, radius))}
        </svg>
      </figure>`;
  const sections: Section[] = [
    {
      id: 'map',
      title: 'All rows',
      body: html`${mapView({ ...data, fallback: picture(), groupColor })}
        <p class="muted">
          ${
            method === 'given'
              ? 'Places as the table gives them.'
              : 'Rows that are alike lie close. Distances between groups, their sizes and the axes mean nothing.'
          }
          ${sprite === null ? '' : thumbnailNote(sprite, shown)}
        </p>`,
    },
    ...(groups.length < 2
      ? []
      : [
          {
            id: 'classes',
            title: 'Each class',
            body: html`${
                panels.length < groups.length
                  ? html`<p class="muted">The ${mostPanels} largest of ${groups.length}.</p>`
                  : ''
              }
              <svg width="0" height="0" aria-hidden="true">
                <defs><path id="everything" d="${new Html(places.map(dot).join(''))}" /></defs>
              </svg>
              <div class="maps">
                ${panels.map(
                  ({ name, color, count, path }) =>
                    html`<figure>
                      <svg viewBox="0 0 ${side} ${side}" role="img" aria-label="${name}">
                        <use href="#everything" ${new Html(stroke('#dde2e7', 2 * radius))} />
                        ${dots(path, color, 2 * radius)}
                      </svg>
                      <figcaption><span class="name">${name}</span>${plural(count, 'row')}</figcaption>
                    </figure>`,
                )}
              </div>`,
          },
        ]),
    {
      id: 'provenance',
      title: 'Provenance',
      body: html`${notes.map((note) => html`<p class="banner">${note}</p>`)}${nameValueList([
        ['Command', html`<span class="mono">${data.command}</span>`],
        ['Steps', steps.join(', ')],
        ['Columns', features.join(', ')],
        ['Seed', String(data.seed)],
        ['Blemish', version],
      ])}`,
    },
  ];
  return renderPage({
    title: `${titles[method]} of ${table}`,
    subtitle: html`${shown.toLocaleString('en')} of ${plural(n, 'row')} by
    ${plural(features.length, 'column')}`,
    summary: '',
    sections,
    footer: html`Written by Blemish. This page is complete in itself: it loads nothing from the network.`,
  });
}

function thumbnailNote({ size }: ThumbnailSprite, shown: number): string {
  const pixels = mostSpritePixels >> 20;
  return `Thumbnails of ${size} × ${size} pixels: all ${shown.toLocaleString('en')} together are kept below ${pixels} million pixels, each at most 64 wide.`;
}

/** Where each point lies in the picture by its first two coordinates, to a tenth of a pixel. */
function placed(points: Float64Array, dims: 2 | 3): (readonly [number, number])[] {
  const range = (axis: 0 | 1) => {
    let [least, most] = [Infinity, -Infinity];
    for (let at = axis; at < points.length; at += dims) {
      least = Math.min(least, points[at]);
      most = Math.max(most, points[at]);
    }
    return [least, most] as const;
  };
  const [left, right] = range(0);
  const [bottom, top] = range(1);
  const margin = 12;
  const scale = (side - 2 * margin) / Math.max(right - left, top - bottom, Number.MIN_VALUE);
  const round = (value: number) => Math.round(10 * value) / 10;
  return Array.from({ length: points.length / dims }, (_, i) => [
    round(side / 2 + scale * (points[dims * i] - (left + right) / 2)),
    round(side / 2 - scale * (points[dims * i + 1] - (bottom + top) / 2)),
  ]);
}

/** The classes from the largest to the smallest, so that the few are drawn over the many. */
function grouped(places: readonly (readonly [number, number])[], labels: MapPageData['labels']): Group[] {
  const members = new Map<string, (readonly [number, number])[]>();
  places.forEach((place, i) => {
    const name = labels === null ? 'rows' : labels[i] === '' ? 'without label' : labels[i];
    const group = members.get(name);
    if (group === undefined) members.set(name, [place]);
    else group.push(place);
  });
  return [...members]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([name, group], k) => ({
      name,
      color: name === 'without label' ? '#b8c0c8' : groupColor(k, members.size),
      count: group.length,
      path: group.map(dot).join(''),
    }));
}

/** Okabe and Ito's colors for a few classes; for more, hues a golden angle apart, of three lightnesses. */
function groupColor(k: number, count: number): string {
  if (count <= seriesColors.length) return seriesColors[k];
  return `hsl(${Math.round(137.508 * k) % 360} 65% ${[42, 58, 30][k % 3]}%)`;
}

const dot = ([x, y]: readonly [number, number]): string => `M${x} ${y}h0`;

const stroke = (color: string, width: number): string =>
  `fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="round"`;

/** A line without length and round ends is a dot: a tenth of the bytes of a circle. */
function dots(path: string, color: string, radius: number): Html {
  return new Html(`<path d="${path}" ${stroke(color, 2 * radius)} stroke-opacity="0.7"/>`);
}
