import { readFile } from 'node:fs/promises';
import { chainOutput } from '@blemish/engine';
import type { ChainLayer, Weights } from '@blemish/engine';
import { SurveyError } from '../errors.ts';
import { withHdf5 } from './hdf5.ts';
import { parseKerasArchitecture } from './keras-architecture.ts';
import { convertKerasLayer } from './keras-layers.ts';
import { convertKerasWeights, readKerasArrays } from './keras-weights.ts';
import type { ImportedNetwork } from './network.ts';

/**
 * A Keras network from its weights (HDF5) and its architecture (`model.to_json()`; a file of the whole model carries it itself).
 * Channels move from last to first: kernels are reordered, and a Flatten keeps the order that the dense layer after it was trained on.
 * @throws SurveyError IMPORT_INVALID
 */
export async function readKeras(
  weightsPath: string,
  architecturePath: string | null,
): Promise<ImportedNetwork> {
  const given = architecturePath === null ? null : await readFile(architecturePath, 'utf8');
  return withHdf5(weightsPath, (root) => {
    const text = given ?? root.text('model_config');
    const path = architecturePath ?? weightsPath;
    if (text === null) {
      throw new SurveyError(
        'IMPORT_INVALID',
        'holds weights alone; give the architecture (model.to_json()) with --architecture',
        { path },
      );
    }
    const architecture = parseKerasArchitecture(text, path);
    const arrays = readKerasArrays(root);
    const { inputShape } = architecture;
    const input = inputShape.length === 3 ? [inputShape[2], inputShape[0], inputShape[1]] : inputShape;
    const layers: ChainLayer[] = [];
    const weights: Record<string, Weights[string]> = {};
    try {
      for (const layer of architecture.layers) {
        const parts = convertKerasLayer(layer, chainOutput({ name: architecture.name, input, layers }));
        layers.push(...parts);
        Object.assign(weights, convertKerasWeights(layer, parts, arrays.get(layer.name)));
      }
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new SurveyError('IMPORT_INVALID', cause.message, { path, cause });
    }
    return { chain: { name: architecture.name, input, layers }, weights };
  });
}
