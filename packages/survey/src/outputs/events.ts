import { artifactClass, probabilityColumn } from '../taxonomy.ts';

/** What grouping needs of a finding: its exposure, class and place on the sky. */
export interface EventFinding {
  readonly className: string;
  /** ICRS degrees; null where the image has no WCS. */
  readonly ra: number | null;
  readonly dec: number | null;
  /** Ends of its long side on the sky; null without WCS. */
  readonly ends: readonly (readonly [number, number])[] | null;
  /** Length and width of its outline, arcsec; null without WCS. */
  readonly lengthArcsec: number | null;
  readonly widthArcsec: number | null;
}

/** Classes with one cause for a whole exposure. */
const exposureWide = new Set([
  'Quilted sky',
  'Wavy sky',
  'Fringing',
  'Vertical jump',
  'Guiding',
  'Shutter',
  'Haze',
  'Out of focus',
]);
/** Straight tracks: the same event where they lie on one line. */
const straight = new Set(['Satellite', 'Airplane']);
/** Light that crosses CCDs: the same event where the outlines meet across a gap. */
const touching = new Set(['Ghost', 'Bright spray', 'Brush strokes', 'Bright arc']);

/** Gap between CCDs that light may cross, arcsec (DECam: 201 px). */
const gapArcsec = 80;

/**
 * One id per event of an exposure: findings of one class share it where they have one cause. Whole-exposure classes are one event;
 * tracks are one where they lie on one line through sky coordinates; reflections where their outlines meet; anything else is its own.
 * @returns `<exposure>/<class>/<n>` for each finding, n from 1 in order of appearance.
 */
export function eventIds(exposure: string, findings: readonly EventFinding[]): string[] {
  const parents = findings.map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parents[at] !== at) at = parents[at] = parents[parents[at]]!;
    return at;
  };
  const byClass = new Map<string, number[]>();
  findings.forEach(({ className }, i) => {
    const members = byClass.get(className);
    if (members) members.push(i);
    else byClass.set(className, [i]);
  });
  for (const [className, members] of byClass) {
    const same = relation(className);
    if (same === null) continue;
    const places = tangentPlane(members.map((i) => findings[i]));
    for (let a = 0; a < members.length; a++) {
      for (let b = a + 1; b < members.length; b++) {
        const i = root(members[a]);
        const j = root(members[b]);
        if (i === j || !same(places[a], places[b])) continue;
        parents[Math.max(i, j)] = Math.min(i, j);
      }
    }
  }
  const numbers = new Map<number, string>();
  const counts = new Map<string, number>();
  return findings.map(({ className }, i) => {
    const key = root(i);
    let id = numbers.get(key);
    if (id === undefined) {
      const slug = probabilityColumn(className).slice(2);
      const n = (counts.get(slug) ?? 0) + 1;
      counts.set(slug, n);
      id = `${exposure}/${slug}/${n}`;
      numbers.set(key, id);
    }
    return id;
  });
}

type Relation = (a: Place | null, b: Place | null) => boolean;

function relation(className: string): Relation | null {
  if (exposureWide.has(className)) return () => true;
  if (straight.has(className) || artifactClass(className).extent === 'line') return onOneLine;
  if (touching.has(className)) return meet;
  return null;
}

/** A finding in arcsec on the tangent plane. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly ends: readonly (readonly [number, number])[];
  readonly length: number;
  readonly width: number;
}

function tangentPlane(findings: readonly EventFinding[]): (Place | null)[] {
  const origin = findings.find(({ ra, dec }) => ra !== null && dec !== null);
  if (!origin) return findings.map(() => null);
  const project = gnomonic(origin.ra!, origin.dec!);
  return findings.map(({ ra, dec, ends, lengthArcsec, widthArcsec }) => {
    if (ra === null || dec === null || ends === null) return null;
    const [x, y] = project(ra, dec);
    return {
      x,
      y,
      ends: ends.map(([a, d]) => project(a, d)),
      length: lengthArcsec ?? 0,
      width: widthArcsec ?? 0,
    };
  });
}

/** On a gnomonic plane great circles are straight, so a trail is a line however many CCDs it crosses. */
function gnomonic(ra0: number, dec0: number): (ra: number, dec: number) => readonly [number, number] {
  const radian = Math.PI / 180;
  const sin0 = Math.sin(dec0 * radian);
  const cos0 = Math.cos(dec0 * radian);
  return (ra, dec) => {
    const difference = (ra - ra0) * radian;
    const sin = Math.sin(dec * radian);
    const cos = Math.cos(dec * radian);
    const below = sin0 * sin + cos0 * cos * Math.cos(difference);
    const scale = 3600 / radian / below;
    return [scale * cos * Math.sin(difference), scale * (cos0 * sin - sin0 * cos * Math.cos(difference))];
  };
}

/**
 * The longer one gives the line; both ends of the shorter lie on it within 10″ or the tracks' width, and half a per cent of the distance:
 * the error of a direction measured over a CCD.
 */
function onOneLine(a: Place | null, b: Place | null): boolean {
  if (a === null || b === null) return false;
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  if (long.length < 3 * long.width) return false;
  const [from, to] = long.ends as readonly [readonly [number, number], readonly [number, number]];
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (length === 0) return false;
  const ux = (to[0] - from[0]) / length;
  const uy = (to[1] - from[1]) / length;
  return short.ends.every(([x, y]) => {
    const offset = Math.abs(ux * (y - long.y) - uy * (x - long.x));
    const distance = Math.hypot(x - long.x, y - long.y);
    return offset < Math.max(10, long.width, short.width) + 0.005 * distance;
  });
}

function meet(a: Place | null, b: Place | null): boolean {
  if (a === null || b === null) return false;
  return Math.hypot(a.x - b.x, a.y - b.y) < (a.length + b.length) / 2 + gapArcsec;
}
