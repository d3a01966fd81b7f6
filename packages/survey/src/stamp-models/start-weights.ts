import { initialWeights, onnxWeights } from '@blemish/engine';
import type { Weights } from '@blemish/engine';
import { openBundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import { stampNetwork } from './stamp-network.ts';
import type { StampArchitecture, StampExtents } from './stamp-network.ts';

export interface StartWeights {
  readonly weights: Weights;
  readonly model: { readonly name: string; readonly sha256: string };
}

/**
 * Weights of a model trained here for one of the same network to start from; of an ensemble those of its first member. Where the classes
 * are others in number, the last layer starts at random.
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_TASK, STAMP_SHAPE
 */
export async function readStart(
  path: string,
  architecture: Pick<StampArchitecture, 'name' | 'dropout'>,
  extents: StampExtents,
  outputs: number,
  { seed, onNote }: { readonly seed: number; readonly onNote: (note: string) => void },
): Promise<StartWeights> {
  const bundle = await openBundle(path, 'stamp');
  const { description, network, sha256, folder } = bundle;
  const own = description.architecture;
  if (own?.name !== architecture.name) {
    throw new SurveyError(
      'MODEL_INVALID',
      `${own === undefined ? 'is no network trained here' : `is the network '${own.name}'`} where training starts from '${architecture.name}'`,
      { path: folder },
    );
  }
  const { input } = description;
  if (
    input.channels !== extents.channels ||
    input.height !== extents.height ||
    input.width !== extents.width
  ) {
    throw new SurveyError(
      'STAMP_SHAPE',
      `takes stamps of ${input.width} × ${input.height} pixels with ${input.channels} channels; the set has ${extents.width} × ${extents.height} with ${extents.channels}`,
      { path: folder },
    );
  }
  const found = onnxWeights(network);
  const prefix = own.members > 1 ? 'member1.' : '';
  const fresh = initialWeights(stampNetwork(architecture, extents, outputs), seed);
  const replaced: string[] = [];
  const weights = Object.fromEntries(
    Object.entries(fresh).map(([name, array]) => {
      const before = found[`${prefix}${name}`];
      if (before?.shape.join() === array.shape.join()) return [name, before];
      replaced.push(name);
      return [name, array];
    }),
  );
  const foreign = replaced.filter((name) => !name.startsWith('logits.'));
  if (foreign.length > 0) {
    throw new SurveyError('MODEL_INVALID', `holds no weights ${foreign.join(', ')} that fit`, {
      path: folder,
    });
  }
  if (replaced.length > 0) onNote(`the last layer starts at random: ${description.name} has other classes`);
  return { weights, model: { name: description.name, sha256 } };
}
