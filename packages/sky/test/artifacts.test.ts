import { describe, expect, it } from 'vitest';
import type { CcdPlace, CcdScene } from '../src/artifact.ts';
import { amplitudes, artifactModels, simulatedClasses, type Amplitude } from '../src/artifacts/index.ts';
import { context, drawEvent, largest, places, renderOn, sceneAt } from './artifacts-scene.ts';

const rendered = artifactModels.filter((model) => model.render !== undefined);
const kernels = artifactModels.filter((model) => model.kernel !== undefined);

function drawnPeak(className: string, parameters: unknown): number {
  if (className === 'Cosmic ray') return (parameters as { tracks: { peak: number }[] }).tracks[0].peak;
  return (parameters as { peak: number }).peak;
}

/** A CCD, for the shutter with a star of the flux that its level is given for. */
function seenBy(className: string, parameters: unknown, place: CcdPlace): CcdScene {
  if (className !== 'Shutter') return sceneAt(place);
  const { referenceFlux: flux } = parameters as { referenceFlux: number };
  return sceneAt(place, { stars: [{ x: 200, y: 500, flux }] });
}

function rangeOf(className: string, parameters: unknown): Amplitude {
  if (className !== 'Readout') return amplitudes[className as keyof typeof amplitudes];
  const form = (parameters as { form: string }).form;
  return amplitudes[form === 'stripes' ? 'Readout (stripes)' : 'Readout (hatched edge)'];
}

describe('every artifact class', () => {
  it('stands in the table in the fixed order', () => {
    expect(simulatedClasses).toEqual([
      'Satellite',
      'Airplane',
      'Cosmic ray',
      'Bleed trail',
      'Edge-bleed',
      'Bad column',
      'A/B jump',
      'Ghost',
      'Bright arc',
      'Bright spray',
      'Haze',
      'Fringing',
      'Out of focus',
      'Guiding',
      'Readout',
      'Cross-talk',
      'Column mask',
      'Excessive mask',
      'Shutter',
      'Brush strokes',
      'Dark rim',
      'Dark halo',
      'Quilted sky',
      'Wavy sky',
      'Anti-bleed',
      'Tape bump',
      'Tree rings',
      'Vertical jump',
      'Vertical stripes',
    ]);
  });

  it('changes the PSF by a kernel, adds electrons, or is a matter of the mask alone', () => {
    for (const model of artifactModels) {
      const { stage, className } = model;
      expect(model.kernel !== undefined, className).toBe(stage === 'psf');
      expect(model.render !== undefined, className).toBe(stage !== 'psf' && stage !== 'mask');
      if (stage === 'mask') expect('mask' in model, className).toBe(true);
    }
  });

  it.each(artifactModels.map((model) => [model.className, model] as const))(
    '%s: parameters depend on the seed alone and survive JSON',
    (_, model) => {
      for (let seed = 1; seed <= 20; seed++) {
        const parameters = drawEvent(model, seed);
        expect(drawEvent(model, seed)).toEqual(parameters);
        expect(JSON.parse(JSON.stringify(parameters))).toEqual(parameters);
      }
      expect(drawEvent(model, 1)).not.toEqual(drawEvent(model, 2));
    },
  );
});

describe.each(rendered.map((model) => [model.className, model] as const))('%s', (className, model) => {
  const seeds = Array.from({ length: 24 }, (_, i) => 100 + i);
  const peaks = seeds.map((seed) => {
    const parameters = drawEvent(model, seed);
    const on = model.scope === 'ccd' ? [places[0]] : places;
    const most = Math.max(
      ...on.map((place) => largest(renderOn(model, parameters, seenBy(className, parameters, place)))),
    );
    const { unit } = rangeOf(className, parameters);
    const one = unit === '% of sky' ? context.skyLevel / 100 : context.skyRms;
    return { parameters, drawn: drawnPeak(className, parameters), made: most / one };
  });

  it('is drawn within its range of the table', () => {
    for (const { parameters, drawn } of peaks) {
      const { low, high } = rangeOf(className, parameters);
      expect(drawn).toBeGreaterThanOrEqual(low);
      expect(drawn).toBeLessThan(high);
    }
  });

  it('peaks at what was drawn', () => {
    // images of one ghost and tracks that cross may add up, and equal halos a little between their stars
    const excess = { Ghost: 2.2, 'Cosmic ray': 1.5, Haze: 1.25 }[className] ?? 1.001;
    for (const { drawn, made } of peaks) expect(made).toBeLessThanOrEqual(drawn * excess);
    // an event at the edge, or whose brightest part falls between the CCDs, shows less
    const near = peaks.filter(({ drawn, made }) => made > 0.75 * drawn).length;
    expect(near).toBeGreaterThanOrEqual(0.7 * peaks.length);
    const seen = peaks.filter(({ made }) => made > 0).length;
    expect(seen).toBeGreaterThanOrEqual(0.95 * peaks.length);
  });

  it('adds to what is there, the same on every call, and leaves the scene alone', () => {
    const parameters = drawEvent(model, 7);
    const scene = sceneAt(places[2]);
    const once = renderOn(model, parameters, scene);
    const onTop = Float32Array.from(once);
    model.render!(scene, JSON.parse(JSON.stringify(parameters)), onTop);
    let worst = 0;
    for (let i = 0; i < once.length; i++) {
      worst = Math.max(worst, Math.abs(onTop[i] - 2 * once[i]) / (1 + Math.abs(once[i])));
    }
    expect(worst).toBeLessThan(1e-4);
    expect(scene.electrons.every((value) => value === 3000)).toBe(true);
  });
});

// fringes are of the CCD, as are blocks and the middle row, and a shutter's trails of its stars
const ofEachCcd = ['Fringing', 'Shutter', 'Quilted sky', 'Vertical jump'];
const seamless = rendered.filter(
  ({ scope, className }) => scope === 'exposure' && !ofEachCcd.includes(className),
);

describe.each(seamless.map((model) => [model.className, model] as const))('%s', (_, model) => {
  it('is one event of the focal plane: CCDs that overlap see the same light', () => {
    // a multiple of every coarse grid's step, so that the nodes coincide
    const shift = 160;
    for (let seed = 1; seed <= 8; seed++) {
      const parameters = drawEvent(model, seed);
      const place = places[seed % 4];
      const here = renderOn(model, parameters, sceneAt(place));
      const beside = renderOn(
        model,
        parameters,
        sceneAt({
          ...place,
          name: 'shifted',
          centreX: place.centreX + shift,
          centreY: place.centreY + shift,
        }),
      );
      let worst = 0;
      // from 160: the last cell of a grid that ends past the edge is no different
      for (let y = shift; y < 1024; y++) {
        for (let x = shift; x < 512; x++) {
          const difference = here[y * 512 + x] - beside[(y - shift) * 512 + x - shift];
          worst = Math.max(worst, Math.abs(difference));
        }
      }
      expect(worst).toBeLessThan(1e-3 * Math.max(largest(here), context.skyRms));
    }
  });
});

describe.each(kernels.map((model) => [model.className, model] as const))('%s', (_, model) => {
  it('gives kernels of odd size that sum to 1 and are nowhere negative', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { size, values } = model.kernel!(drawEvent(model, seed), places[0]);
      expect(size % 2).toBe(1);
      expect(values).toHaveLength(size * size);
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    }
  });
});
