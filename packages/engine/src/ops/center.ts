import type { Operator } from '../operator.ts';
import { formatShape, ShapeError } from '../shape.ts';

export interface CenterAttributes {
  /** Share of the running mean that a step keeps. */
  readonly momentum: number;
  /** Name of the running mean. */
  readonly state: string;
}

/**
 * Centring with a running mean, y = x − c over rows x [N, K], c [K]; after a step c ← m·c + (1 − m)·mean(x) (Caron et al. 2021, eq. 4).
 */
export const center: Operator<CenterAttributes> = {
  name: 'center',
  shape([x, mean]) {
    if (x.length !== 2 || mean.length !== 1 || mean[0] !== x[1]) {
      throw new ShapeError(
        `${formatShape(x)} and mean ${formatShape(mean)} do not fit; they must be [rows, features] and [features]`,
      );
    }
    return x;
  },
  emit: (g, [x, mean], { momentum, state }) => ({
    output: g.sub(x, mean),
    updates: { [state]: { value: g.reduce('Mean', x, [0], false), rate: 1 - momentum } },
  }),
  gradient: (g, { gradient, wanted }) => [
    gradient,
    wanted[1] ? g.unary('Neg', g.reduce('Sum', gradient, [0], false)) : null,
  ],
};
