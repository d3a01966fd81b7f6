import { optimizerWasm } from '../wasm/optimizer.generated.ts';

/** What every optimizer's kernel begins with. */
type Common = [p: number, g: number, count: number, gradientScale: number, l2: number, keep: number];

/** The kernels of `assembly/optimizer.as.ts`; addresses are bytes, counts floats. */
export interface Kernels {
  sgd(...common: [...Common, rate: number]): void;
  momentum(
    ...common: [...Common, velocity: number, mu: number, before: number, after: number, nesterov: number]
  ): void;
  rmsprop(
    ...common: [
      ...Common,
      square: number,
      mean: number,
      velocity: number,
      rho: number,
      gain: number,
      inside: number,
      outside: number,
      mu: number,
      before: number,
      after: number,
    ]
  ): void;
  adadelta(
    ...common: [
      ...Common,
      square: number,
      change: number,
      rho: number,
      gain: number,
      epsilon: number,
      rate: number,
    ]
  ): void;
  adam(
    ...common: [
      ...Common,
      first: number,
      second: number,
      beta1: number,
      gain1: number,
      beta2: number,
      gain2: number,
      rate: number,
      root: number,
      epsilon: number,
    ]
  ): void;
  penalize(p: number, g: number, count: number, l1: number, l2: number): void;
  clamp(x: number, count: number, limit: number): void;
  sumOfSquares(x: number, count: number): number;
  average(e: number, p: number, count: number, share: number): void;
  dropoutMask(out: number, count: number, seed: number, threshold: number, value: number): void;
}

/** A stretch of float32 in the arena. */
export interface Block {
  readonly address: number;
  readonly data: Float32Array;
}

const pageBytes = 65536;
/** Blocks start at whole cache lines, and what pads them stays zero. */
const alignment = 16;

export function paddedCount(count: number): number {
  return Math.ceil(count / alignment) * alignment;
}

/**
 * One WebAssembly memory that both the kernels and ONNX Runtime work in: a tensor made over a block is read and written in
 * place. It is sized once, since growing would detach every view.
 */
export class Arena {
  readonly kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  #next = pageBytes;

  constructor(floats: number) {
    const pages = 1 + Math.ceil((floats * 4) / pageBytes);
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const module = new WebAssembly.Module(decodeBase64(optimizerWasm));
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory, abort } });
    this.kernels = instance.exports as unknown as Kernels;
  }

  /** Zeros for `count` floats, padded to a whole number of cache lines. */
  allocate(count: number): Block {
    const address = this.#next;
    this.#next += paddedCount(count) * 4;
    return { address, data: new Float32Array(this.#memory.buffer, address, count) };
  }
}

function abort(): never {
  throw new Error('a kernel aborted');
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
