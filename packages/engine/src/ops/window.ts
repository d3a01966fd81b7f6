import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';

/** Elements start to start + length − 1 along an axis, zeros where there are none. */
export function window(g: Graph, x: Value, axis: number, start: number, length: number): Value {
  const extent = x.shape[axis];
  if (start >= extent || start + length <= 0) {
    return g.zeros(x.shape.map((size, k) => (k === axis ? length : size)));
  }
  const at = (count: number) => x.shape.map((_, k) => (k === axis ? count : 0));
  return g.pad(x, at(-start), at(start + length - extent));
}

/** x[stride·p + offset] along an axis for p < count, zero outside x. */
export function sample(
  g: Graph,
  x: Value,
  axis: number,
  stride: number,
  offset: number,
  count: number,
): Value {
  if (stride === 1) return window(g, x, axis, offset, count);
  // Whole steps of the offset become padding of the sampled image, so that offsets of one remainder share it.
  const shift = Math.floor(offset / stride);
  const start = offset - stride * shift;
  if (start >= x.shape[axis]) {
    return g.zeros(x.shape.map((size, k) => (k === axis ? count : size)));
  }
  return window(g, g.slice(x, [axis], [start], [x.shape[axis]], [stride]), axis, shift, count);
}
