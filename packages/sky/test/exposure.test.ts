import { describe, expect, it } from 'vitest';
import { Wcs } from '@blemish/fits';
import { maskBits, planExposure, recycleCcd, simulateCcd, simulatedClasses, stream } from '../src/index.ts';
import type { ExposureOptions, SimulatedCcd } from '../src/index.ts';
import { bandProperties } from '../src/bands.ts';
import { decamPlaces } from '../src/focal-plane.ts';
import { meanGain } from '../src/detector.ts';
import { detectorOf } from '../src/detector.ts';
import { drawStars } from '../src/source-field.ts';

const small = { width: 512, height: 1024, ccds: 1 } as const;

function first(options: Partial<ExposureOptions> & { seed: number }): SimulatedCcd {
  return simulateCcd(planExposure({ ...small, ...options }), 0);
}

function median(values: Float32Array | number[]): number {
  const sorted = Float32Array.from(values).sort();
  return sorted[sorted.length >> 1];
}

/** Pixels that the pipeline left unmasked. */
function clean(ccd: SimulatedCcd): Float32Array {
  return ccd.image.data.filter((_, i) => ccd.mask[i] === 0);
}

describe('planExposure', () => {
  it('lays the CCDs out as DECam headers have them', () => {
    const places = decamPlaces(2046, 4094);
    expect(places).toHaveLength(62);
    const at = (name: string) => places.find((place) => place.name === name)!;
    // CCDNUM by name, and CRPIX of Community Pipeline images (S29: 13423.2, 6307.33; S4: 2151.2, 2047).
    expect([at('S29').ccdnum, at('S31').ccdnum, at('S1').ccdnum, at('S4').ccdnum]).toEqual([1, 3, 25, 28]);
    expect([at('N1').ccdnum, at('N4').ccdnum, at('N30').ccdnum, at('N31').ccdnum]).toEqual([32, 35, 61, 62]);
    const crpix = (name: string) => [1023.5 - at(name).centreX, 2047.5 - at(name).centreY];
    expect(crpix('S29')[0]).toBeCloseTo(13423.2, -0.5);
    expect(crpix('S29')[1]).toBeCloseTo(6307.33, -0.5);
    expect(crpix('S4')[0]).toBeCloseTo(2151.2, -0.5);
    expect(crpix('S4')[1]).toBeCloseTo(2047, -0.5);
    expect(at('N4').readoutEdge).not.toBe(at('S4').readoutEdge);
  });

  it('draws neighbouring CCDs, never the dead one', () => {
    for (let seed = 0; seed < 40; seed++) {
      const { ccds } = planExposure({ seed, ccds: 6 }).context;
      expect(new Set(ccds.map(({ name }) => name)).size).toBe(6);
      expect(ccds.some(({ name }) => name === 'N30')).toBe(false);
    }
  });

  it('keeps the noise over the sky in the range of each band', () => {
    for (let seed = 0; seed < 60; seed++) {
      const { band, skyLevel, skyRms } = planExposure({ seed }).context;
      const [low, high] = bandProperties[band].skyNoiseRatio;
      expect(skyRms / skyLevel).toBeGreaterThanOrEqual(low - 1e-9);
      expect(skyRms / skyLevel).toBeLessThanOrEqual(high + 1e-9);
    }
  });

  it('survives a structured clone and JSON', () => {
    const plan = planExposure({
      ...small,
      seed: 3,
      artifacts: simulatedClasses.filter((name) => name !== 'Fringing'),
    });
    expect(structuredClone(plan)).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('leaves about the asked share of CCDs clean, and draws every class', () => {
    let dirty = 0;
    const seen = new Map<string, number>();
    const n = 1500;
    for (let seed = 0; seed < n; seed++) {
      const events = planExposure({ ...small, seed }).events.filter(
        (event) => event.handledBit === undefined,
      );
      if (events.length > 0) dirty++;
      for (const { className } of events) seen.set(className, (seen.get(className) ?? 0) + 1);
    }
    // Half, to three standard deviations.
    expect(Math.abs(dirty / n - 0.5)).toBeLessThan(3 * Math.sqrt(0.25 / n));
    for (const name of simulatedClasses) expect(seen.get(name) ?? 0, name).toBeGreaterThan(n * 0.02);
  });

  it('says what is wrong with an option', () => {
    expect(() => planExposure({ seed: -1 })).toThrow(/seed = -1/);
    expect(() => planExposure({ seed: 1, ccds: 63 })).toThrow(/ccds = 63/);
    expect(() => planExposure({ seed: 1, ccds: ['X1'] })).toThrow(/'X1'/);
    expect(() => planExposure({ seed: 1, width: 10 })).toThrow(/width/);
    expect(() => planExposure({ seed: 1, artifacts: ['Dragon'] })).toThrow(/'Dragon'.*Satellite/);
    expect(() => planExposure({ seed: 1, band: 'g', artifacts: ['Fringing'] })).toThrow(/band = g/);
    expect(() => simulateCcd(planExposure({ ...small, seed: 1 }), 1)).toThrow(RangeError);
  });
});

describe('simulateCcd', () => {
  it('is a function of plan and index, whatever was made before', () => {
    const plan = planExposure({
      ...small,
      ccds: 3,
      seed: 8,
      artifacts: ['Satellite', 'Cosmic ray', 'Guiding', 'Haze'],
    });
    const again = structuredClone(plan);
    const a = simulateCcd(plan, 2);
    simulateCcd(again, 0);
    first({ seed: 99, width: 300, height: 500 });
    const b = simulateCcd(again, 2);
    expect(Buffer.compare(Buffer.from(a.image.data.buffer), Buffer.from(b.image.data.buffer))).toBe(0);
    expect(Buffer.compare(Buffer.from(a.mask.buffer), Buffer.from(b.mask.buffer))).toBe(0);
    expect(Buffer.compare(Buffer.from(a.truthBits.buffer), Buffer.from(b.truthBits.buffer))).toBe(0);
    expect(a.truth).toEqual(b.truth);
  });

  it('comes out the same in arrays that another CCD used before', () => {
    const plan = planExposure({ ...small, seed: 3, cleanFraction: 0 });
    const fresh = structuredClone(simulateCcd(plan, 0));
    recycleCcd(first({ seed: 4, cleanFraction: 0, artifacts: ['Haze', 'Satellite'] }));
    const again = simulateCcd(plan, 0);
    const bytes = ({ image, mask, truthBits }: SimulatedCcd) =>
      [image.data, mask, truthBits].map((array) => Buffer.from(array.buffer));
    bytes(again).forEach((array, i) => expect(Buffer.compare(array, bytes(fresh)[i])).toBe(0));
    expect(again.truth).toEqual(fresh.truth);
  });

  it('draws a class as much more often as its weight says, and none of weight 0', () => {
    const drawn = (classWeights: Record<string, number>) => {
      const counts = new Map<string, number>();
      for (let seed = 0; seed < 1500; seed++) {
        const { events } = planExposure({ seed, ccds: 1, cleanFraction: 0, classWeights });
        for (const { className, handledBit } of events)
          if (handledBit === undefined) counts.set(className, (counts.get(className) ?? 0) + 1);
      }
      return counts;
    };
    const even = drawn({});
    const weighed = drawn({ 'Tape bump': 3, Satellite: 0 });
    const ratio = (weighed.get('Tape bump') ?? 0) / (even.get('Tape bump') ?? 0);
    // a draw is without replacement and in competition, so a little under 3; 5 σ of counts near 100 and 250
    expect(ratio).toBeGreaterThan(1.7);
    expect(ratio).toBeLessThan(4);
    expect(even.get('Satellite')).toBeGreaterThan(0);
    expect(weighed.get('Satellite')).toBeUndefined();
    const none = Object.fromEntries(simulatedClasses.map((name) => [name, 0]));
    for (let seed = 0; seed < 20; seed++) {
      const { events } = planExposure({ seed, cleanFraction: 0, classWeights: none });
      expect(events.filter(({ handledBit }) => handledBit === undefined)).toEqual([]);
    }
    expect(() => planExposure({ seed: 1, classWeights: { Comet: 2 } })).toThrow(/'Comet' is not simulated/);
    expect(() => planExposure({ seed: 1, classWeights: { Haze: -1 } })).toThrow(/Haze is -1/);
  });

  it('does not move the rest of the sky when an artifact is added', () => {
    const options = { seed: 12, band: 'r' } as const;
    const plain = first({ ...options, artifacts: 'none' });
    const column = first({ ...options, artifacts: ['Bad column'] });
    const changed = plain.image.data.filter(
      (value, i) => Math.abs(value - column.image.data[i]) > 0.1 * plain.skyRms,
    );
    expect(column.truth).toHaveLength(1);
    expect(changed.length).toBeLessThan(column.truth[0].area * 1.3 + 10);
    expect(changed.length).toBeGreaterThan(column.truth[0].area * 0.7);
  });

  for (const band of ['g', 'r', 'z'] as const)
    it(`is centred on 0 with the stated noise in ${band}`, () => {
      const ccd = first({ seed: 21, band, artifacts: 'none', starDensity: 0.3 });
      const pixels = clean(ccd);
      const centre = median(pixels);
      // The mode lies below the median where sources are; a twentieth of the noise is what a sky estimate may be off.
      expect(Math.abs(centre)).toBeLessThan(0.08 * ccd.skyRms);
      // Neighbouring differences are free of sources and floor. 4 %: read noise differs from chip to chip.
      const { data, width } = ccd.image;
      const differences: number[] = [];
      for (let i = 0; i + 1 < data.length; i++)
        if (ccd.mask[i] === 0 && ccd.mask[i + 1] === 0 && i % width < width - 1)
          differences.push(Math.abs(data[i + 1] - data[i]));
      const noise = median(differences) / 0.6745 / Math.SQRT2;
      expect(noise / ccd.skyRms).toBeGreaterThan(0.97);
      expect(noise / ccd.skyRms).toBeLessThan(1.04);
    });

  it('keeps the sky when the survey does', () => {
    const plan = planExposure({ ...small, seed: 5, artifacts: 'none', skySubtracted: false });
    const ccd = simulateCcd(plan, 0);
    const gain = meanGain(detectorOf(plan.context.ccds[0]));
    expect(median(clean(ccd)) / (plan.context.skyLevel / gain)).toBeCloseTo(1, 1);
    expect(ccd.header.get('SKYSUB')).toBe(false);
  });

  it('has the flux of its stars', () => {
    const ratios: number[] = [];
    for (let seed = 30; seed < 34; seed++) {
      const plan = planExposure({
        ...small,
        seed,
        band: 'r',
        artifacts: 'none',
        starDensity: 1,
        galaxyDensity: 0.05,
      });
      const ccd = simulateCcd(plan, 0);
      const { width, height, data } = ccd.image;
      const place = plan.context.ccds[0];
      const stars = drawStars(stream(seed, 'stars', place.name), plan.field, width, height);
      const gain = meanGain(detectorOf(place));
      for (const star of stars) {
        const flux = (star.flux * plan.transparency) / gain;
        const inside = star.x > 40 && star.y > 40 && star.x < width - 40 && star.y < height - 40;
        if (!inside || flux < 2000 * ccd.skyRms) continue;
        const others = stars.filter((other) => other !== star && other.flux > star.flux * 0.01);
        if (others.some((other) => Math.hypot(other.x - star.x, other.y - star.y) < 45)) continue;
        let sum = 0;
        let masked = false;
        for (let y = Math.round(star.y) - 25; y <= star.y + 25; y++)
          for (let x = Math.round(star.x) - 25; x <= star.x + 25; x++) {
            if (Math.hypot(x - star.x, y - star.y) > 22) continue;
            sum += data[y * width + x];
            if (ccd.mask[y * width + x] !== 0) masked = true;
          }
        if (!masked) ratios.push(sum / flux);
      }
    }
    expect(ratios.length).toBeGreaterThan(3);
    // A few per cent lie outside the aperture, in the wings.
    expect(median(ratios)).toBeGreaterThan(0.93);
    expect(median(ratios)).toBeLessThan(1.03);
  });

  it('hides what the pipeline handled under its mask, and keeps it out of the truth', () => {
    let found = false;
    for (let seed = 0; seed < 200 && !found; seed++) {
      const plan = planExposure({ ...small, seed, band: 'r', artifacts: 'none' });
      if (!plan.events.some(({ className }) => className === 'Edge-bleed')) continue;
      found = true;
      const ccd = simulateCcd(plan, 0);
      expect(ccd.truth).toEqual([]);
      const hidden = ccd.mask.filter((value) => (value & maskBits.EDGEBLEED) !== 0).length;
      expect(hidden).toBeGreaterThan(100);
    }
    expect(found).toBe(true);
  });

  it('masks what it saturates, its edges, columns and cosmic rays', () => {
    const plan = planExposure({
      seed: 41,
      width: 1024,
      height: 1024,
      ccds: 1,
      artifacts: 'none',
      starDensity: 6,
    });
    const ccd = simulateCcd(plan, 0);
    const level = Number(ccd.header.get('SATURATE')) - Number(ccd.header.get('AVSKY'));
    let saturated = 0;
    ccd.image.data.forEach((value, i) => {
      if (value < level * 1.02) return;
      saturated++;
      expect(ccd.mask[i] & (maskBits.SATURATE | maskBits.TRAIL | maskBits.BPM | maskBits.CRAY)).not.toBe(0);
    });
    expect(saturated).toBeGreaterThan(20);
    const used = ccd.mask.reduce((all, value) => all | value, 0);
    for (const bit of ['BPM', 'SATURATE', 'CRAY', 'TRAIL', 'EDGE'] as const)
      expect(used & maskBits[bit], bit).not.toBe(0);
    expect(clean(ccd).length / ccd.mask.length).toBeGreaterThan(0.8);
    expect(ccd.truth).toEqual([]);
    expect(ccd.truthBits.some((value) => value !== 0)).toBe(false);
  });

  it('marks as truth what an artifact changed', () => {
    for (const name of ['Satellite', 'Cosmic ray', 'Bad column']) {
      const options = { seed: 52, band: 'r', artifacts: [name] } as const;
      const plan = planExposure({ ...small, ...options });
      const ccd = simulateCcd(plan, 0);
      const without = simulateCcd({ ...plan, events: [] }, 0);
      const bit = 1 << simulatedClasses.indexOf(name);
      expect(ccd.truth.map(({ className }) => className)).toEqual([name]);
      let both = 0;
      let either = 0;
      ccd.image.data.forEach((value, i) => {
        const changed = Math.abs(value - without.image.data[i]) > 0.5 * ccd.skyRms;
        const marked = (ccd.truthBits[i] & bit) !== 0;
        if (changed && marked) both++;
        if (changed || marked) either++;
      });
      // Not all: shot noise of a trail's own light differs, and the sky answers a little.
      expect(both / either, name).toBeGreaterThan(0.8);
      expect(ccd.truth[0].area).toBe(
        ccd.truthBits.reduce((n, value) => n + ((value & bit) === 0 ? 0 : 1), 0),
      );
    }
  });

  it('makes every class on some CCD with a finite signal-to-noise', () => {
    const found = new Set<string>();
    for (const name of simulatedClasses)
      for (let seed = 60; seed < 66 && !found.has(name); seed++) {
        const { truth } = first({ seed, artifacts: [name] });
        for (const event of truth) {
          expect(event.className).toBe(name);
          expect(event.snr).toBeGreaterThanOrEqual(1);
          expect(Number.isFinite(event.snr) && Number.isFinite(event.x) && Number.isFinite(event.y)).toBe(
            true,
          );
          found.add(name);
        }
      }
    expect([...found].sort()).toEqual([...simulatedClasses].sort());
  });

  it('puts each CCD where its WCS says', () => {
    const plan = planExposure({ seed: 3, ccds: ['N4', 'S4'] });
    const headers = plan.context.ccds.map((place) => {
      const one = planExposure({ seed: 3, ccds: [place.name], width: 64, height: 64 });
      return simulateCcd(one, 0).header;
    });
    for (const [i, header] of headers.entries()) {
      const wcs = Wcs.fromHeader(header)!;
      // The optical axis is the reference point, whichever CCD's pixels it is told in.
      const [ra, dec] = wcs.pixelToSky(Number(header.get('CRPIX1')) - 1, Number(header.get('CRPIX2')) - 1);
      expect(ra).toBeCloseTo(plan.ra, 5);
      expect(dec).toBeCloseTo(plan.dec, 5);
      expect(wcs.pixelScaleArcsec).toBeCloseTo(0.2623, 4);
      // South along +x, as in DECam's images.
      const [, north] = wcs.pixelToSky(0, 0);
      const [, south] = wcs.pixelToSky(63, 0);
      expect(north).toBeGreaterThan(south);
      expect(header.get('EXTNAME')).toBe(i === 0 ? 'N4' : 'S4');
    }
  });
});
