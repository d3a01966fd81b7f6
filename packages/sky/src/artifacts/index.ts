import { artifactModel, type ArtifactModel } from '../artifact.ts';
import { airplane } from './airplane.ts';
import { amplifierJump } from './amplifier-jump.ts';
import { antiBleed } from './anti-bleed.ts';
import { badColumn } from './bad-column.ts';
import { bleedTrail } from './bleed-trail.ts';
import { brightArc } from './bright-arc.ts';
import { brightSpray } from './bright-spray.ts';
import { brushStrokes } from './brush-strokes.ts';
import { columnMask } from './column-mask.ts';
import { cosmicRay } from './cosmic-ray.ts';
import { crossTalk } from './cross-talk.ts';
import { darkHalo } from './dark-halo.ts';
import { darkRim } from './dark-rim.ts';
import { edgeBleed } from './edge-bleed.ts';
import { excessiveMask } from './excessive-mask.ts';
import { fringing } from './fringing.ts';
import { ghost } from './ghost.ts';
import { guiding } from './guiding.ts';
import { haze } from './haze.ts';
import { outOfFocus } from './out-of-focus.ts';
import { quiltedSky } from './quilted-sky.ts';
import { readoutNoise } from './readout-noise.ts';
import { satellite } from './satellite.ts';
import { shutter } from './shutter.ts';
import { tapeBump } from './tape-bump.ts';
import { treeRings } from './tree-rings.ts';
import { verticalJump } from './vertical-jump.ts';
import { verticalStripes } from './vertical-stripes.ts';
import { wavySky } from './wavy-sky.ts';

/** Every class the simulator makes. The order fixes the bits of truth planes: append, never insert. */
export const artifactModels: readonly ArtifactModel<unknown>[] = [
  artifactModel(satellite),
  artifactModel(airplane),
  artifactModel(cosmicRay),
  artifactModel(bleedTrail),
  artifactModel(edgeBleed),
  artifactModel(badColumn),
  artifactModel(amplifierJump),
  artifactModel(ghost),
  artifactModel(brightArc),
  artifactModel(brightSpray),
  artifactModel(haze),
  artifactModel(fringing),
  artifactModel(outOfFocus),
  artifactModel(guiding),
  artifactModel(readoutNoise),
  artifactModel(crossTalk),
  artifactModel(columnMask),
  artifactModel(excessiveMask),
  artifactModel(shutter),
  artifactModel(brushStrokes),
  artifactModel(darkRim),
  artifactModel(darkHalo),
  artifactModel(quiltedSky),
  artifactModel(wavySky),
  artifactModel(antiBleed),
  artifactModel(tapeBump),
  artifactModel(treeRings),
  artifactModel(verticalJump),
  artifactModel(verticalStripes),
];

/** Names of the simulated classes; bit i of a truth plane is class i. */
export const simulatedClasses: readonly string[] = artifactModels.map((model) => model.className);

export { amplitudes, drawAmplitude, type Amplitude, type AmplitudeName } from './amplitudes.ts';
