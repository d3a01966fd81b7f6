import type { Operator } from '../operator.ts';
import { elementCount, formatShape, openExtents, ShapeError } from '../shape.ts';

/** Joins along `axis`; all other extents must be equal. */
export const concat: Operator<{ axis: number }> = {
  name: 'concat',
  shape(inputs, { axis }) {
    const first = inputs[0];
    if (first === undefined || !(axis in first)) {
      throw new ShapeError(
        `${inputs.map(formatShape).join(' and ')} have no axis ${axis} to be joined along; count axes from 0 at the front`,
      );
    }
    for (const other of inputs) {
      if (other.length !== first.length || other.some((extent, k) => k !== axis && extent !== first[k])) {
        throw new ShapeError(
          `${inputs.map(formatShape).join(' and ')} cannot be joined along axis ${axis}: all other extents must be equal; ` +
            'resize, pad or slice one of them',
        );
      }
    }
    return first.map((extent, k) =>
      k === axis ? inputs.reduce((total, shape) => total + shape[k], 0) : extent,
    );
  },
  emit: (g, inputs, { axis }) => ({ output: g.concat(inputs, axis) }),
  gradient(g, { inputs, gradient, attributes: { axis }, wanted }) {
    let start = 0;
    return inputs.map((input, k) => {
      const from = start;
      start += input.shape[axis];
      return wanted[k] ? g.slice(gradient, [axis], [from], [start]) : null;
    });
  },
};

export interface SliceAttributes {
  readonly axis: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Elements start..end−1 along one axis. */
export const slice: Operator<SliceAttributes> = {
  name: 'slice',
  shape([x], { axis, start, end }) {
    const extent = x[axis];
    if (extent === undefined || extent < 0 || start < 0 || end > extent || start >= end) {
      throw new ShapeError(
        `cannot take ${start} to ${end} of axis ${axis} of ${formatShape(x)}; choose 0 ≤ start < end ≤ the extent`,
      );
    }
    return x.map((size, k) => (k === axis ? end - start : size));
  },
  emit: (g, [x], { axis, start, end }) => ({ output: g.slice(x, [axis], [start], [end]) }),
  gradient(g, { inputs: [x], gradient, attributes: { axis, start, end } }) {
    const at = (count: number) => x.shape.map((_, k) => (k === axis ? count : 0));
    return [g.pad(gradient, at(start), at(x.shape[axis] - end))];
  },
};

export interface PadAttributes {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Zeros before and after each axis. */
export const pad: Operator<PadAttributes> = {
  name: 'pad',
  shape([x], { before, after }) {
    if (
      before.length !== x.length ||
      after.length !== x.length ||
      [...before, ...after].some((count) => count < 0)
    ) {
      throw new ShapeError(
        `padding [${before.join()}] and [${after.join()}] does not fit ${formatShape(x)}; give one count ≥ 0 per axis`,
      );
    }
    return x.map((extent, axis) => {
      const padding = before[axis] + after[axis];
      return padding === 0 ? extent : extent + padding;
    });
  },
  emit: (g, [x], { before, after }) => ({ output: g.pad(x, before, after) }),
  gradient(g, { inputs: [x], gradient, attributes: { before, after } }) {
    const axes = x.shape.flatMap((_, axis) => (before[axis] + after[axis] > 0 ? [axis] : []));
    const starts = axes.map((axis) => before[axis]);
    const ends = axes.map((axis) => before[axis] + x.shape[axis]);
    return [g.slice(gradient, axes, starts, ends)];
  },
};

/** The same elements, row-major, in another shape. Extents that are open must stay so, in the same order. */
export const reshape: Operator<{ shape: readonly number[] }> = {
  name: 'reshape',
  shape([x], { shape }) {
    if (elementCount(x) !== elementCount(shape) || openExtents(x).join() !== openExtents(shape).join()) {
      throw new ShapeError(
        `${formatShape(x)} has another number of elements than ${formatShape(shape)}; give a shape with as many`,
      );
    }
    return shape;
  },
  emit: (g, [x], { shape }) => ({ output: g.reshape(x, shape) }),
  gradient: (g, { inputs: [x], gradient }) => [g.reshape(gradient, x.shape)],
};

/** The second axis becomes part of the batch: [N, C, …] → [N·C, …], the C of a sample following each other. An open batch stays open. */
export const mergeBatch: Operator<Record<never, never>> = {
  name: 'mergeBatch',
  shape([x]) {
    if (x.length < 2 || x[1] < 1) {
      throw new ShapeError(`${formatShape(x)} has no second axis to put into the batch; reshape it`);
    }
    return [x[0] < 0 ? x[0] : x[0] * x[1], ...x.slice(2)];
  },
  emit: (g, [x]) => ({ output: g.reshape(x, mergeBatch.shape([x.shape], {})) }),
  gradient: (g, { inputs: [x], gradient }) => [g.reshape(gradient, x.shape)],
};

/** The other way: [N·C, …] → [N, C, …]. */
export const splitBatch: Operator<{ readonly count: number }> = {
  name: 'splitBatch',
  shape([x], { count }) {
    if (x.length === 0 || !Number.isInteger(count) || count < 1 || (x[0] > 0 && x[0] % count !== 0)) {
      throw new ShapeError(
        `the batch of ${formatShape(x)} does not divide into samples of ${count}; choose a divisor`,
      );
    }
    return [x[0] < 0 ? x[0] : x[0] / count, count, ...x.slice(1)];
  },
  emit: (g, [x], attributes) => ({ output: g.reshape(x, splitBatch.shape([x.shape], attributes)) }),
  gradient: (g, { inputs: [x], gradient }) => [g.reshape(gradient, x.shape)],
};

/** Axis k of the result is axis permutation[k] of the input. */
export const transpose: Operator<{ permutation: readonly number[] }> = {
  name: 'transpose',
  shape([x], { permutation }) {
    if ([...permutation].sort((a, b) => a - b).join() !== x.map((_, axis) => axis).join()) {
      throw new ShapeError(
        `[${permutation.join()}] does not permute the axes of ${formatShape(x)}; name each axis once`,
      );
    }
    return permutation.map((axis) => x[axis]);
  },
  emit: (g, [x], { permutation }) => ({ output: g.transpose(x, permutation) }),
  gradient(g, { gradient, attributes: { permutation } }) {
    return [
      g.transpose(
        gradient,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    ];
  },
};
