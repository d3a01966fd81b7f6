import { normal } from './random.ts';

/** How a parameter starts. */
export type Initial =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number }
  /** Normal, drawn again beyond two deviations; `deviation` is that of what comes out, as in Keras. */
  | { readonly kind: 'truncated-normal'; readonly deviation: number }
  /** Evenly in ±limit. */
  | { readonly kind: 'uniform'; readonly limit: number };

/** Numbers of inputs and outputs of one unit: for a convolution channels · kernel area. */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

/** Deviation of a standard normal distribution cut at ±2 (Keras divides by it to keep the deviation asked for). */
const truncatedDeviation = 0.87962566103423978;

/**
 * Starting distributions by name:
 *
 * - `he-…`: variance 2 / in (He et al. 2015), for ReLU and its kin; `he-normal` is this engine's default
 * - `glorot-…`: variance 2 / (in + out) (Glorot & Bengio 2010); `glorot-uniform` is Keras's default for Dense, Conv2D and
 *   Conv2DTranspose
 * - `lecun-…`: variance 1 / in (LeCun et al. 1998)
 * - `pytorch`: uniform in ±1/√in, PyTorch's default for Linear, Conv and ConvTranspose, their biases included
 */
export const initialsByName = {
  'he-normal': (fans) => ({ kind: 'normal', deviation: Math.sqrt(2 / fans.in) }),
  'he-uniform': (fans) => ({ kind: 'uniform', limit: Math.sqrt(6 / fans.in) }),
  'glorot-normal': (fans) => ({
    kind: 'truncated-normal',
    deviation: Math.sqrt(2 / (fans.in + fans.out)),
  }),
  'glorot-uniform': (fans) => ({ kind: 'uniform', limit: Math.sqrt(6 / (fans.in + fans.out)) }),
  'lecun-normal': (fans) => ({ kind: 'truncated-normal', deviation: Math.sqrt(1 / fans.in) }),
  'lecun-uniform': (fans) => ({ kind: 'uniform', limit: Math.sqrt(3 / fans.in) }),
  pytorch: (fans) => ({ kind: 'uniform', limit: 1 / Math.sqrt(fans.in) }),
} as const satisfies Record<string, (fans: Fans) => Initial>;

export type InitialName = keyof typeof initialsByName;

/** A named distribution for these fans, or the one given. Throws RangeError that lists the names known. */
export function resolveInitial(initial: InitialName | Initial, fans: Fans): Initial {
  if (typeof initial !== 'string') return initial;
  if (!Object.hasOwn(initialsByName, initial)) {
    throw new RangeError(
      `unknown initial distribution "${String(initial)}"; known are ${Object.keys(initialsByName).join(', ')}`,
    );
  }
  return initialsByName[initial](fans);
}

/** Fills `data` from a stream of uniform numbers in [0, 1). */
export function fillInitial(data: Float32Array, initial: Initial, uniform: () => number): void {
  switch (initial.kind) {
    case 'constant':
      data.fill(initial.value);
      return;
    case 'normal':
      for (let i = 0; i < data.length; i++) data[i] = initial.deviation * normal(uniform);
      return;
    case 'truncated-normal': {
      const scale = initial.deviation / truncatedDeviation;
      for (let i = 0; i < data.length; i++) {
        let value = normal(uniform);
        while (Math.abs(value) > 2) value = normal(uniform);
        data[i] = scale * value;
      }
      return;
    }
    case 'uniform':
      for (let i = 0; i < data.length; i++) data[i] = initial.limit * (2 * uniform() - 1);
  }
}
