import { Html, html, jsonForScript } from './html.ts';
import { mapScript, mapStyle } from './map-script.ts';
import type { ThumbnailSprite } from './thumbnail-sprite.ts';

/** A column of the rows of a map: what to color by, and what to say of a point. */
export interface MapColumn {
  readonly name: string;
  /** NaN and '' where there is none. */
  readonly values: Float64Array | readonly string[];
}

export interface MapViewData {
  /** [points, dims] */
  readonly points: Float64Array;
  readonly dims: 2 | 3;
  readonly columns: readonly MapColumn[];
  /** Name of the column that names a point; null: it is called by its row. */
  readonly title: string | null;
  /** Row of each point in its table, from 1. */
  readonly rows: ArrayLike<number>;
  readonly sprite: ThumbnailSprite | null;
  /** Stands there without script. */
  readonly fallback: Html;
  readonly groupColor: (k: number, count: number) => string;
}

/** Texts of more values than this are names, not classes, and whole numbers of fewer are classes, not quantities. */
const [mostClasses, fewestNumbers] = [60, 12];

type PageColumn =
  | { readonly name: string; readonly kind: 'text'; readonly values: readonly string[] }
  | {
      readonly name: string;
      readonly kind: 'class';
      readonly names: readonly string[];
      /** −1 where there is none. */
      readonly codes: readonly number[];
      readonly colors: readonly string[];
    }
  | {
      readonly name: string;
      readonly kind: 'number';
      readonly values: readonly (number | null)[];
      /** Ends of the color scale: the 2 % and 98 % quantile. */
      readonly low: number;
      readonly high: number;
    };

/** A map to look about in: its data as JSON, its controls, and the script that draws it. */
export function mapView({
  points,
  dims,
  columns,
  title,
  rows,
  sprite,
  fallback,
  groupColor,
}: MapViewData): Html {
  const shown = columns.flatMap((column) => pageColumn(column, groupColor) ?? []);
  const choices = shown
    .flatMap((column, k) => (colors(column) ? [{ k, name: column.name, kind: column.kind }] : []))
    // The first is what the map shows at first: a class says more than a quantity, and the label stands before all.
    .sort((a, b) => Number(a.kind === 'number') - Number(b.kind === 'number'));
  const data = {
    dims,
    points: [...normalised(points, dims)],
    columns: shown,
    title: shown.findIndex(({ name }) => name === title),
    rows: Array.from(rows),
    sprite,
  };
  const help =
    dims === 3
      ? 'Drag turns, with Shift moves; the wheel zooms; a click pins, and unpins.'
      : 'Drag moves, the wheel zooms; a click pins, and unpins.';
  return html`<style>
      ${new Html(mapStyle)}
    </style>
    <div class="livemap" data-livemap>
      <div class="static">${fallback}</div>
      <div class="live" hidden>
        <div class="controls">
          <label
            >Colour by
            <select>
              ${choices.map(({ k, name }) => html`<option value="${k}">${name}</option>`)}
              ${choices.length === 0 ? html`<option value="-1">nothing</option>` : ''}
            </select></label
          >
          <label
            ><input
              type="search"
              placeholder="Exposure or other name"
              aria-label="Find points by name; Enter goes to the first"
          /></label>
          <span class="hits" role="status"></span>
          <span
            ><button type="button" class="in" aria-label="closer">+</button>
            <button type="button" class="out" aria-label="farther">−</button>
            <button type="button" class="reset">Whole map</button></span
          >
        </div>
        <div class="stage">
          <canvas
            class="points"
            tabindex="0"
            role="img"
            aria-label="map of ${points.length / dims} points"
          ></canvas>
          <div class="tip" hidden></div>
        </div>
        <p class="legend live-legend"></p>
        <p class="muted">${help}</p>
        <div class="pins"></div>
      </div>
      <script type="application/json">
        ${jsonForScript(data)}
      </script>
    </div>
    <script>
      ${new Html(mapScript)};
    </script>`;
}

function colors(column: PageColumn): boolean {
  return column.kind === 'class'
    ? column.names.length > 1
    : column.kind === 'number' && column.high > column.low;
}

/** A column as the page holds it; null where no row has a value. */
function pageColumn({ name, values }: MapColumn, groupColor: MapViewData['groupColor']): PageColumn | null {
  const numbers = values instanceof Float64Array;
  const texts = numbers
    ? Array.from(values, (value) => (Number.isFinite(value) ? String(value) : ''))
    : values;
  const names = [...new Set(texts)].filter((text) => text !== '');
  if (names.length === 0) return null;
  const classes = numbers
    ? names.length <= fewestNumbers && names.every((text) => /^-?\d+$/.test(text))
    : names.length <= mostClasses;
  if (classes) return classColumn(name, texts, names, numbers, groupColor);
  if (!numbers) return { name, kind: 'text', values: texts };
  const known = values.filter((value) => Number.isFinite(value)).sort();
  const at = (share: number) => Number(known[Math.round(share * (known.length - 1))].toPrecision(6));
  const shortened = Array.from(values, (value) =>
    // A date to seconds, anything smaller to a millionth: digits nobody sees only make the page larger.
    Number.isFinite(value) ? Number(Math.abs(value) < 1000 ? value.toPrecision(6) : value.toFixed(4)) : null,
  );
  return { name, kind: 'number', values: shortened, low: at(0.02), high: at(0.98) };
}

/** Colors go to the classes from the largest to the smallest, as on the panels of single classes. */
function classColumn(
  name: string,
  texts: readonly string[],
  found: readonly string[],
  numbers: boolean,
  groupColor: MapViewData['groupColor'],
): PageColumn {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const names = numbers
    ? [...found].sort((a, b) => Number(a) - Number(b))
    : [...found].sort((a, b) => counts.get(b)! - counts.get(a)!);
  const place = new Map(names.map((text, k) => [text, k]));
  return {
    ...{ name, kind: 'class', names },
    codes: texts.map((text) => place.get(text) ?? -1),
    colors: names.map((_, k) => groupColor(k, names.length)),
  };
}

/** Points between −1 and 1 on every axis, one scale for all, about the middle; four decimals are a tenth of a pixel at most. */
function normalised(points: Float64Array, dims: 2 | 3): Float64Array {
  const ranges = Array.from({ length: dims }, (_, axis) => {
    let [least, most] = [Infinity, -Infinity];
    for (let at = axis; at < points.length; at += dims) {
      least = Math.min(least, points[at]);
      most = Math.max(most, points[at]);
    }
    return { middle: (least + most) / 2, half: (most - least) / 2 };
  });
  const half = Math.max(Number.MIN_VALUE, ...ranges.map((range) => range.half));
  return points.map((value, at) => Math.round((1e4 * (value - ranges[at % dims].middle)) / half) / 1e4);
}
