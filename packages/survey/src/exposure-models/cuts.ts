import { matrix, savedSettings } from '@blemish/learn';
import type { Matrix, SavedParts } from '@blemish/learn';
import * as z from 'zod';
import { cutsOptions } from '../exposure-recipe.ts';
import type { ExposureMember } from '../exposure-recipe.ts';
import { median } from '../outputs/median.ts';
import { joinedRows } from './ccd-inputs.ts';
import type { NamedRows } from './ccd-inputs.ts';
import type { Head, HeadRows } from './head-types.ts';

const version = 1;
const settings = z.strictObject({
  limits: cutsOptions,
  /** Medians over labelled good CCDs, by column of the band; under '' of all. */
  zeroPoints: z.record(z.string(), z.number()),
  stars: z.record(z.string(), z.number()),
  /** Names of the categories of the model, in their order. */
  categories: z.array(z.string()),
});
type Settings = z.infer<typeof settings>;

/** What a category gets whose limit is passed; the others share the rest. A cut knows no doubt, a probability must. */
const sure = 0.9;

/**
 * Limits on statistics and header, the baseline of what the Legacy Surveys' pipeline does. Only usual zero points and numbers of stars are learned. A
 * quantity that the rows lack cuts nothing.
 */
export function fitCuts(
  options: unknown,
  inputs: ExposureMember['inputs'],
  seen: NamedRows,
  { y, categories }: Pick<HeadRows, 'y' | 'categories'>,
): Head {
  const limits = cutsOptions.parse(options);
  const good = Array.from(y.keys()).filter((i) => y[i] === 0);
  const usual = (column: string): Record<string, number> =>
    Object.fromEntries(
      ['', ...bandsOf(seen)].flatMap((band) => {
        const own = good.filter((i) => band === '' || at(seen, i, band) === 1);
        const middle = median(own.map((i) => at(seen, i, column)));
        return middle === null ? [] : [[band, middle]];
      }),
    );
  const learned = { zeroPoints: usual('zero_point'), stars: usual('n_stars') };
  return headOf({ limits, ...learned, categories: [...categories] }, inputs);
}

/** @throws RangeError on damaged parts */
export function loadCuts(parts: SavedParts, inputs: ExposureMember['inputs']): Head {
  return headOf(savedSettings(parts, 'cuts', version, settings), inputs);
}

function headOf(own: Settings, inputs: ExposureMember['inputs']): Head {
  return {
    predict: async (rows) => probabilities(await joinedRows(rows, inputs), own),
    saved: { kind: 'cuts', version, settings: { ...own }, arrays: {} },
    network: null,
    close: () => Promise.resolve(),
  };
}

function probabilities(seen: NamedRows, own: Settings): Matrix {
  const { categories } = own;
  const k = categories.length;
  const out = matrix(seen.x.rows, k);
  for (let i = 0; i < out.rows; i++) {
    const row = out.data.subarray(i * k, (i + 1) * k);
    const passed = cutsOf(seen, i, own).flatMap((name) => {
      const c = categories.indexOf(name);
      return c > 0 ? [c] : [];
    });
    const chosen = passed.length === 0 ? [0] : passed;
    row.fill((1 - sure) / Math.max(1, k - chosen.length));
    for (const c of chosen) row[c] = sure / chosen.length;
    const sum = row.reduce((total, p) => total + p, 0);
    for (let c = 0; c < k; c++) row[c] /= sum;
  }
  return out;
}

/** Categories whose limits CCD `i` passes. */
function cutsOf(seen: NamedRows, i: number, { limits, zeroPoints, stars }: Settings): string[] {
  const value = (name: string) => at(seen, i, name);
  const band = bandsOf(seen).find((name) => value(name) === 1) ?? '';
  const sky = value('sky_level') ?? value('sky');
  const exptime = value('exptime');
  const usual = zeroPoints[band] ?? zeroPoints[''];
  const fewest = limits.n_stars * (stars[band] ?? stars[''] ?? 0);
  const rate = limits.sky_rate[band.replace(/^band /, '')] ?? Infinity;
  const above = (x: number | null, limit: number) => x !== null && x > limit;
  const below = (x: number | null, limit: number) => x !== null && x < limit;
  const hasSeeing = seen.names.includes('seeing');
  const seeing = value('seeing');
  return [
    ...(hasSeeing && (seeing === null || seeing >= limits.seeing) ? ['PSF'] : []),
    ...(usual !== undefined && below(value('zero_point'), usual - limits.zero_point)
      ? ['Clouds_transparency']
      : []),
    ...(above(sky, limits.sky_level) || (sky !== null && exptime !== null && sky > rate * exptime)
      ? ['Saturated']
      : []),
    ...(below(exptime, limits.exptime) || below(value('depth_factor'), limits.depth_factor)
      ? ['Nonoptimal_exp']
      : []),
    ...(below(value('n_stars'), fewest) ? ['NObjects'] : []),
  ];
}

/** Value of a column, null where it is missing or there is no such column. */
function at({ names, x }: NamedRows, i: number, name: string): number | null {
  const j = names.indexOf(name);
  const value = j < 0 ? NaN : x.data[i * x.columns + j];
  return Number.isNaN(value) ? null : value;
}

function bandsOf({ names }: NamedRows): string[] {
  return names.filter((name) => name.startsWith('band '));
}
