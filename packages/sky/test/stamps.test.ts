import { describe, expect, it } from 'vitest';
import {
  classOfStamp,
  defaultStampMix,
  simulatePatch,
  stampClassProperties,
  stampClasses,
  stampsOfPatch,
  studyDetection,
} from '../src/index.ts';
import type { Stamp, StampClass } from '../src/index.ts';

const side = 63;
const half = 31;

/** Pixels of one channel within `reach` of a place of the stamp. */
function around({ pixels }: Stamp, channel: number, x: number, y: number, reach: number): number[] {
  const values: number[] = [];
  for (let v = Math.max(0, Math.ceil(y - reach)); v <= Math.min(side - 1, y + reach); v++)
    for (let u = Math.max(0, Math.ceil(x - reach)); u <= Math.min(side - 1, x + reach); u++)
      if (Math.hypot(u - x, v - y) <= reach) values.push(pixels[(v * side + u) * 3 + channel]);
  return values;
}

/** About the cause itself. */
function aroundCause(stamp: Stamp, channel: number, reach: number): number[] {
  const { xOffset, yOffset } = stamp.row;
  return around(stamp, channel, half + xOffset, half + yOffset, reach);
}

function median(values: readonly number[]): number {
  const known = values.filter(Number.isFinite).sort((a, b) => a - b);
  return known[known.length >> 1];
}

/** Median and standard deviation of the sky of a channel, from the median deviation. */
function sky(stamp: Stamp, channel: number): { level: number; sigma: number } {
  const values = Array.from({ length: side * side }, (_, i) => stamp.pixels[3 * i + channel]);
  const level = median(values);
  return { level, sigma: 1.4826 * median(values.map((value) => Math.abs(value - level))) };
}

/** The first stamps of a set in which all classes are equally frequent. */
const even = Object.fromEntries(stampClasses.map((name) => [name, 1]));
const seed = 900_050;
const stamps = [0, 1, 2].flatMap((patch) => simulatePatch({ seed, patch, mix: even }));
const of = (...names: readonly StampClass[]) =>
  stamps.filter(({ row }) => names.some((name) => name === row.label));
const share = (some: readonly Stamp[], is: (stamp: Stamp) => boolean) => some.filter(is).length / some.length;

describe('classes of stamps', () => {
  it('have their shares in every part of a set, half of them real', () => {
    for (const first of [0, 777, 12_345]) {
      const counts = new Map<StampClass, number>();
      for (let i = first; i < first + 1000; i++) {
        const name = classOfStamp(i);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      for (const name of stampClasses)
        expect(Math.abs(counts.get(name)! - 1000 * defaultStampMix[name]!), name).toBeLessThan(5);
      const real = stampClasses.filter((name) => stampClassProperties[name].real);
      expect(Math.abs(real.reduce((sum, name) => sum + counts.get(name)!, 0) - 500)).toBeLessThan(5);
    }
    expect(() => classOfStamp(0, { dipole: 0 })).toThrow(/share/);
    expect(() => classOfStamp(0, { dipole: -1 })).toThrow(/dipole/);
  });

  it('map on three and on two as the table of paper 003 says', () => {
    const table = stampClasses.map((name) => {
      const { visual, real } = stampClassProperties[name];
      return `${name}: ${visual}, ${real ? 'real' : 'not real'}`;
    });
    expect(table).toEqual([
      'artifact: artifact, not real',
      'dipole: dipole/saturated, not real',
      'saturated star: dipole/saturated, not real',
      'moving: real, real',
      'variable: real, real',
      'transient: real, real',
      'SN other: real, real',
      'SN bronze: real, real',
      'SN silver: real, real',
      'SN gold: real, real',
    ]);
  });
});

describe('simulatePatch', () => {
  it('gives the same stamps whatever was made before, of the classes that their numbers say', () => {
    const same = simulatePatch({ seed, patch: 1, mix: even });
    for (const [i, stamp] of same.entries()) {
      const { pixels, truth, row } = stamps[stampsOfPatch + i];
      expect(Buffer.from(stamp.pixels.buffer).equals(Buffer.from(pixels.buffer))).toBe(true);
      expect(stamp.truth).toEqual(truth);
      expect(stamp.row).toEqual(row);
      expect(row.label).toBe(classOfStamp(stampsOfPatch + i, even));
      expect(row.group).toBe(seed + 1);
    }
    expect(() => simulatePatch({ seed, patch: 0, side: 64 })).toThrow(/odd/);
  });

  it('centres candidates, most of them detected, and marks where the cause shows', () => {
    for (const stamp of stamps) {
      const { row, truth } = stamp;
      expect(truth.some((value) => value === 1)).toBe(true);
      if (!row.real || row.label === 'moving') continue;
      expect(Math.hypot(row.xOffset, row.yOffset), row.kind).toBeLessThan(4);
      const [x, y] = [Math.round(half + row.xOffset), Math.round(half + row.yOffset)];
      expect(truth[y * side + x], row.kind).toBe(1);
    }
    expect(share(stamps, ({ row }) => row.detected)).toBeGreaterThan(0.85);
    // a few lie at the edge of the image
    const cut = share(stamps, ({ pixels }) => pixels.some((value) => value !== value));
    expect(cut).toBeGreaterThan(0.01);
    expect(cut).toBeLessThan(0.5);
  });

  it('shows transients and asteroids where the reference has nothing', () => {
    for (const stamp of of('transient', 'moving')) {
      const { level, sigma } = sky(stamp, 1);
      const there = median(aroundCause(stamp, 1, 2));
      // the wings of a bright star beside it may reach here
      expect(Math.abs(there - level), stamp.row.kind).toBeLessThan(Math.max(6 * sigma, 0.1 * level));
    }
    const trails = stamps.filter(({ row }) => row.kind === 'asteroid-trailed').map(({ truth }) => truth);
    const points = of('transient').map(({ truth }) => truth);
    const area = (some: readonly Uint8Array[]) => median(some.map((one) => one.reduce((n, t) => n + t, 0)));
    expect(area(trails)).toBeGreaterThan(area(points));
  });

  it('shows variables and supernovae on what the reference has, with the sign of their change', () => {
    for (const { row } of of('variable', 'SN bronze', 'SN gold', 'SN silver', 'transient')) {
      if (!row.detected || Math.abs(row.snr!) < 8) continue;
      expect(Math.sign(row.snr!), row.kind).toBe(row.kind.endsWith('fading') ? -1 : 1);
    }
    const kinds = new Set(stamps.map(({ row }) => row.kind));
    expect([...kinds]).toEqual(
      expect.arrayContaining(['star-fading', 'star-brightening', 'off-nucleus', 'nucleus']),
    );
    for (const stamp of of('variable')) {
      const { level, sigma } = sky(stamp, 1);
      expect(Math.max(...aroundCause(stamp, 1, 2)) - level, stamp.row.kind).toBeGreaterThan(3 * sigma);
    }
    // on the nucleus and off it, with a host much fainter than the supernova
    for (const { row } of of('SN bronze')) expect(row.hostSeparation).toBeLessThan(0.7);
    for (const { row } of of('SN gold')) expect(row.hostSeparation).toBeGreaterThan(1.4);
    for (const { row } of of('SN silver')) expect(row.hostMagnitude! - row.magnitude!).toBeGreaterThan(1.9);
    for (const { row } of of('transient')) expect(row.hostMagnitude).toBeNull();
  });

  it('shows dipoles of both signs, and saturated stars that saturate', () => {
    const dipoles = of('dipole').filter(({ row }) => row.detected);
    expect(dipoles.length).toBeGreaterThan(8);
    const both = share(dipoles, (stamp) => {
      const { sigma } = sky(stamp, 2);
      const values = aroundCause(stamp, 2, 5).filter(Number.isFinite);
      return Math.min(...values) < -3 * sigma && Math.max(...values) > 3 * sigma;
    });
    expect(both).toBeGreaterThan(0.85);
    for (const stamp of of('saturated star')) {
      const values = aroundCause(stamp, 0, 3);
      // 1.2 times 25,000 DN at least, or no value
      expect(
        values.some((value) => !(value < 29_000)),
        stamp.row.kind,
      ).toBe(true);
    }
  });
});

describe('studyDetection', () => {
  it('finds bright sources where they were put, with their flux', () => {
    const studies = [900_070, 900_071].map((one) => studyDetection(one, [17, 19])!);
    const sources = studies.flatMap((study) => study.sources);
    expect(shareOf(sources.map(({ detected }) => detected))).toBeGreaterThan(0.95);
    const ratios = sources.flatMap(({ fluxRatio }) => (fluxRatio === null ? [] : [fluxRatio]));
    // interpolating a peak and a kernel's errors cost a per cent or two; 60 sources of 2 to 5 % each
    expect(Math.abs(median(ratios) - 1)).toBeLessThan(0.03);
    expect(median(sources.flatMap(({ distance }) => (distance === null ? [] : [distance])))).toBeLessThan(
      0.2,
    );
  });
});

function shareOf(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length / flags.length;
}
