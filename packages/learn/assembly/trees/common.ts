// What all kernels share: random numbers, a barrier between threads, bits.

/** Missing values of a binned column. */
export const MISSING: i32 = 255;

let stateA: u32 = 0;
let stateB: u32 = 0;
let stateC: u32 = 0;
let counter: u32 = 0;

/** This thread's generator: sfc32 (Doty-Humphrey), its state from both numbers through splitmix32. */
export function seedRandom(seed: u32, stream: u32): void {
  let state = seed ^ ((stream + 1) * 0x9e3779b9);
  for (let i = 0; i < 3; i++) {
    state += 0x9e3779b9;
    let mixed = state;
    mixed = (mixed ^ (mixed >> 16)) * 0x21f0aaad;
    mixed = (mixed ^ (mixed >> 15)) * 0x735a2d97;
    mixed ^= mixed >> 15;
    if (i == 0) stateA = mixed;
    else if (i == 1) stateB = mixed;
    else stateC = mixed;
  }
  counter = 1;
  for (let i = 0; i < 12; i++) random32();
}

// @ts-ignore: decorator
@inline
export function random32(): u32 {
  const sum = stateA + stateB + counter++;
  stateA = stateB ^ (stateB >> 9);
  stateB = stateC + (stateC << 3);
  stateC = rotl<u32>(stateC, 21) + sum;
  return sum;
}

/** Uniform in 0 … n − 1. */
// @ts-ignore: decorator
@inline
export function below(n: u32): u32 {
  return u32((u64(random32()) * u64(n)) >> 32);
}

/** Uniform in [0, 1). */
// @ts-ignore: decorator
@inline
export function uniform(): f64 {
  return f64(random32()) / 4294967296;
}

/** How often a waiting thread looks before it sleeps. */
const PATIENCE: i32 = 2000;

/**
 * Returns once all `threads` have called it. At `barrier` lie two words: arrivals, and a generation that rises when everyone is there.
 */
export function meet(barrier: usize, threads: i32): void {
  if (threads == 1) return;
  const generation = atomic.load<i32>(barrier, 4);
  if (atomic.add<i32>(barrier, 1) == threads - 1) {
    atomic.store<i32>(barrier, 0);
    atomic.add<i32>(barrier, 1, 4);
    atomic.notify(barrier + 4, threads);
    return;
  }
  for (let i = 0; i < PATIENCE; i++) if (atomic.load<i32>(barrier, 4) != generation) return;
  while (atomic.load<i32>(barrier, 4) == generation) atomic.wait<i32>(barrier + 4, generation, -1);
}
