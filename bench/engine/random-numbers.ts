import type { LoadedModel } from '@blemish/engine';

/** Uniform in [0, 1): times do not depend on the values, only on their being ordinary numbers. */
export function numbers(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

/** One sample for each of the inputs named. */
export function randomInputs<Name extends string>(
  model: LoadedModel,
  names: readonly Name[],
): Record<Name, Float32Array> {
  const sample = (name: Name, k: number) => {
    const shape = model.inputs.find((info) => info.name === name)?.shape ?? [];
    return numbers(
      shape.slice(1).reduce<number>((n, extent) => n * Number(extent), 1),
      k + 1,
    );
  };
  return Object.fromEntries(names.map((name, k) => [name, sample(name, k)])) as Record<Name, Float32Array>;
}
