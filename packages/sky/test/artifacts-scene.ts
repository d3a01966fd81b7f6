import type { ArtifactModel, CcdPlace, CcdScene, ExposureContext } from '../src/artifact.ts';
import { artifactModels } from '../src/artifacts/index.ts';
import { Rng } from '../src/rng.ts';

/** Four small CCDs around the optical axis, and what tests need to draw an event on them. */
export const width = 512;
export const height = 1024;

export const places: readonly CcdPlace[] = [
  { name: 'S4', ccdnum: 28, centreX: -300, centreY: -550, readoutEdge: 'bottom' },
  { name: 'S3', ccdnum: 29, centreX: -300, centreY: 550, readoutEdge: 'bottom' },
  { name: 'N4', ccdnum: 35, centreX: 300, centreY: -550, readoutEdge: 'top' },
  { name: 'N3', ccdnum: 36, centreX: 300, centreY: 550, readoutEdge: 'top' },
];

export const context: ExposureContext = {
  band: 'z',
  exposureSeconds: 90,
  skyLevel: 3000,
  skyRms: 55,
  fwhmPixels: 4,
  width,
  height,
  ccds: places,
  brightStars: [],
};

export function modelOf<P = unknown>(className: string): ArtifactModel<P> {
  const model = artifactModels.find((candidate) => candidate.className === className);
  if (!model) throw new Error(`no model of ${className}`);
  return model as ArtifactModel<P>;
}

export function drawEvent<P>(model: ArtifactModel<P>, seed: number, place = places[0]): P {
  const ccds = model.scope === 'ccd' ? [place] : places;
  return model.draw(new Rng(seed), { ...context, ccds });
}

export function sceneAt(place: CcdPlace, overrides: Partial<CcdScene> = {}): CcdScene {
  return {
    ...context,
    place,
    rng: new Rng(1),
    stars: [],
    saturation: 150_000,
    electrons: new Float32Array((overrides.width ?? width) * (overrides.height ?? height)).fill(3000),
    ...overrides,
  };
}

export function renderOn<P>(model: ArtifactModel<P>, parameters: P, scene: CcdScene): Float32Array {
  const delta = new Float32Array(scene.width * scene.height);
  model.render!(scene, parameters, delta);
  return delta;
}

export function largest(plane: Float32Array): number {
  let max = 0;
  for (const value of plane) max = Math.max(max, Math.abs(value));
  return max;
}
