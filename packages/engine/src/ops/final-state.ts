import { elementTypes } from '../onnx/model.ts';
import type { Operator } from '../operator.ts';
import { formatShape, ShapeError } from '../shape.ts';

export interface FinalStateAttributes {
  /** 1 or 2, as the recurrent layer has. */
  readonly directions: 1 | 2;
}

/**
 * The last state of each direction: of the steps [N, T, directions·H] of a recurrent layer, and where sequences have their
 * own, their lengths [N] → [N, directions·H]. Forward it is the state at a sequence's last step, backward that at its first.
 */
export const finalState: Operator<FinalStateAttributes> = {
  name: 'finalState',
  shape([steps, lengths], { directions }) {
    if (steps.length !== 3 || steps[2] % directions !== 0) {
      throw new ShapeError(
        `${formatShape(steps)} must be [batch, steps, ${directions}·hidden]; give the steps of a recurrent layer`,
      );
    }
    if (lengths && (lengths.length !== 1 || lengths[0] !== steps[0])) {
      throw new ShapeError(
        `lengths ${formatShape(lengths)} do not fit ${formatShape(steps)}; they must be [batch]`,
      );
    }
    return [steps[0], steps[2]];
  },
  emit(g, [x, lengths], { directions }) {
    const [batch, , width] = x.shape;
    const at = (step: number) =>
      g.reshape(g.node('Gather', [x, g.integers([step])], { axis: 1 }, [batch, 1, width]), [batch, width]);
    let last = lengths ? null : at(-1);
    if (!last) {
      const index = g.node('Cast', [g.sub(lengths, g.scalar(1))], { to: elementTypes.int64 }, lengths.shape, {
        type: 'int64',
      });
      const column = g.node('Unsqueeze', [index, g.integers([1])], {}, [batch, 1], { type: 'int64' });
      last = g.node('GatherND', [x, column], { batch_dims: 1 }, [batch, width]);
    }
    if (directions === 1) return { output: last };
    const half = width / 2;
    const halves = [g.slice(last, [1], [0], [half]), g.slice(at(0), [1], [half], [width])];
    return { output: g.concat(halves, 1) };
  },
  gradient(g, { inputs: [x, lengths], gradient, attributes: { directions } }) {
    const [batch, steps, width] = x.shape;
    const half = width / directions;
    const part = (from: number) => g.reshape(g.slice(gradient, [1], [from], [from + half]), [batch, 1, half]);
    const index = g.constant([...Array(steps).keys()], [1, steps, 1]);
    const final = lengths ? g.sub(g.reshape(lengths, [batch, 1, 1]), g.scalar(1)) : g.scalar(steps - 1);
    const forward = g.where(g.compare('Equal', index, final), part(0), g.scalar(0));
    if (directions === 1) return [forward, null].slice(0, lengths ? 2 : 1);
    const backward = g.pad(part(half), [0, 0, 0], [0, steps - 1, 0]);
    return [g.concat([forward, backward], 2), null].slice(0, lengths ? 2 : 1);
  },
};
