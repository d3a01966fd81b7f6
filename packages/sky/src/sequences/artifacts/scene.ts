import type { CcdScene } from '../../artifact.ts';
import type { SequenceScene } from '../artifact.ts';
import { cutoutSize, ztfCamera } from '../camera.ts';

/** A cut-out as the artifact models of exposures want it: a CCD of its size on the optical axis. */
export function asCcdScene(scene: SequenceScene): CcdScene {
  const middle = (cutoutSize - 1) / 2;
  const { gain, exposureSeconds } = ztfCamera;
  return {
    band: 'r',
    exposureSeconds,
    skyLevel: scene.exposure.skyLevel * gain,
    skyRms: scene.skyRms,
    fwhmPixels: scene.exposure.fwhmPixels,
    width: cutoutSize,
    height: cutoutSize,
    brightStars: [],
    place: { name: 'cut-out', ccdnum: 1, centreX: middle, centreY: middle, readoutEdge: 'bottom' },
    rng: scene.rng,
    stars: [],
    saturation: scene.well,
    electrons: scene.plane,
  };
}
