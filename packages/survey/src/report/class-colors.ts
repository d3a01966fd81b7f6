import type { ReportClass } from './types.ts';

/** Told apart by people with any colour blindness as far as so many colours can be (after Paul Tol's and Okabe–Ito's sets), bright enough on a dark image. */
const fallback: readonly string[] = [
  '#e69f00',
  '#56b4e9',
  '#ee3377',
  '#44bb99',
  '#f0e442',
  '#aa7fdd',
  '#ee7733',
  '#33bbee',
  '#bbcc33',
  '#ff9da7',
  '#99ddff',
  '#d1bb5c',
  '#c77cbb',
  '#7fc97f',
  '#fb8072',
  '#80b1d3',
];

export interface ClassColor {
  readonly name: string;
  readonly color: string;
  readonly rgb: readonly [number, number, number];
}

/** Colour of each class in order: the taxonomy's where it is `#rrggbb`, else one of a fixed set. */
export function classColors(classes: readonly ReportClass[]): ClassColor[] {
  return classes.map(({ name, color }, k) => {
    const hex = color !== undefined && /^#[0-9a-f]{6}$/i.test(color) ? color : fallback[k % fallback.length];
    const value = parseInt(hex.slice(1), 16);
    return { name, color: hex, rgb: [value >> 16, (value >> 8) & 255, value & 255] };
  });
}
