import { networkParameters } from '@blemish/engine';
import type { NetworkDefinition, WeightArray, Weights } from '@blemish/engine';
import { numbers } from './numbers.ts';

/** The weights that fixtures/networks.py fills its networks with; state that it does not have starts at 0. */
export function filled(network: NetworkDefinition, state: readonly string[] = []): Weights {
  const definitions = networkParameters(network);
  const names = definitions.map((definition) => definition.name).filter((name) => !state.includes(name));
  names.sort();
  return Object.fromEntries(
    definitions.map(({ name, shape }): [string, WeightArray] => {
      const seed = names.indexOf(name);
      const count = shape.reduce((product, extent) => product * extent, 1);
      let data: Float32Array;
      if (seed < 0) data = new Float32Array(count);
      else if (shape.length > 1) data = numbers(count, seed, Math.sqrt(3 / (count / shape[0])));
      else if (name.endsWith('running_var')) data = numbers(count, seed, 0.5, 1);
      else if (name.endsWith('weight')) data = numbers(count, seed, 0.2, 1);
      else data = numbers(count, seed, 0.2);
      return [name, { shape, data }];
    }),
  );
}
