import { Rng } from './rng.ts';

/**
 * A generator that depends on `seed` and the names alone, so that no part of the sky shifts when another part draws more or fewer
 * numbers, and a CCD comes out the same whichever CCDs are made before it.
 */
export function stream(seed: number, ...names: readonly (string | number)[]): Rng {
  let rng = new Rng(seed);
  for (const name of names) rng = rng.fork(String(name));
  return rng;
}
