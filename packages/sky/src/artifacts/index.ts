import { artifactModel, type ArtifactModel } from '../artifact.ts';
import { amplifierJump } from './amplifier-jump.ts';
import { badColumn } from './bad-column.ts';
import { cosmicRay } from './cosmic-ray.ts';
import { ghost } from './ghost.ts';
import { guiding } from './guiding.ts';
import { haze } from './haze.ts';
import { outOfFocus } from './out-of-focus.ts';
import { satellite } from './satellite.ts';

/** Every class the simulator makes. The order fixes the bits of truth planes: append, never insert. */
export const artifactModels: readonly ArtifactModel<unknown>[] = [
  artifactModel(satellite),
  artifactModel(cosmicRay),
  artifactModel(badColumn),
  artifactModel(amplifierJump),
  artifactModel(ghost),
  artifactModel(haze),
  artifactModel(outOfFocus),
  artifactModel(guiding),
];

/** Names of the simulated classes; bit i of a truth plane is class i. */
export const simulatedClasses: readonly string[] = artifactModels.map((model) => model.className);

export { amplitudes, drawAmplitude, type Amplitude, type AmplitudeName } from './amplitudes.ts';
