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
