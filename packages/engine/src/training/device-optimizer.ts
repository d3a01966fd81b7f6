import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { TrainedPlace } from './device-state.ts';
import type { Optimizer } from './optimizer-options.ts';
import type { ParameterSettings } from './parameter-groups.ts';

/**
 * What changes from step to step and is fed with each: the learning rate, the factor of an update (the rate with Adam's bias
 * correction), Adam's factor of the root, the average's share, the number of the step, the factor of weight decay.
 */
export const stepScalarNames = ['learningRate', 'rate', 'root', 'share', 'step', 'decay'] as const;
export type StepScalars = Readonly<Record<(typeof stepScalarNames)[number], number>>;

/** The scalars of step `step`, counting from 1; `averageDecay` is that of this step. */
export function stepScalars(
  step: number,
  optimizer: Optimizer,
  learningRate: number,
  averageDecay: number | undefined,
  decay = 1,
): StepScalars {
  const share = averageDecay === undefined ? 0 : 1 - averageDecay;
  const common = { learningRate, share, step, decay };
  if (optimizer.kind !== 'adam' && optimizer.kind !== 'adamw') {
    return { ...common, rate: learningRate, root: 1 };
  }
  const { beta1, beta2, epsilonHat } = optimizer;
  const rate = learningRate / (1 - beta1 ** step);
  const root = Math.sqrt(1 - beta2 ** step);
  return { ...common, rate: epsilonHat ? rate * root : rate, root: epsilonHat ? 1 : 1 / root };
}

/** Per-parameter numbers spread over the flat array; a scalar where all parameters have the same. */
function spread(
  g: Graph,
  name: string,
  places: readonly TrainedPlace[],
  size: number,
  pick: (settings: ParameterSettings) => number,
): { readonly value: Value; readonly constant: number | null } {
  const numbers = places.map(({ settings }) => pick(settings));
  const first = numbers[0];
  if (numbers.every((number) => number === first)) return { value: g.scalar(first), constant: first };
  const data = new Float32Array(size);
  places.forEach(({ offset, count }, k) => data.fill(numbers[k], offset, offset + count));
  return { value: g.weight(`each/${name}`, data, [size]), constant: null };
}

/** Adds the gradients of L1 and L2 penalties, l1·sign(w) + 2·l2·w. */
export function penalizeGradient(
  g: Graph,
  gradient: Value,
  values: Value,
  places: readonly TrainedPlace[],
): Value {
  const each = (name: string, pick: (settings: ParameterSettings) => number) =>
    spread(g, name, places, values.shape[0], (settings) => (settings.frozen ? 0 : pick(settings)));
  const l1 = each('l1', (settings) => settings.l1);
  const l2 = each('l2', (settings) => 2 * settings.l2);
  let total = gradient;
  if (l1.constant !== 0) total = g.add(total, g.mul(g.unary('Sign', values), l1.value));
  if (l2.constant !== 0) total = g.add(total, g.mul(values, l2.value));
  return total;
}

/** √Σ g², and the gradient shortened to `length` or with its elements cut to ±`element`. */
export function clipGradient(
  g: Graph,
  gradient: Value,
  length: number | undefined,
  element: number | undefined,
): { norm: Value; gradient: Value } {
  const norm = g.unary('Sqrt', g.reduce('Sum', g.mul(gradient, gradient), [0], false));
  if (element !== undefined) {
    const bounds = [g.scalar(-element), g.scalar(element)];
    return { norm, gradient: g.node('Clip', [gradient, ...bounds], {}, gradient.shape) };
  }
  if (length === undefined) return { norm, gradient };
  const limit = g.scalar(length);
  const factor = g.where(g.compare('Greater', norm, limit), g.div(limit, norm), g.scalar(1));
  return { norm, gradient: g.mul(gradient, factor) };
}

/** Arrays by the names of `DeviceState`'s slots. */
export type FlatArrays = Readonly<Record<string, Value>>;

/**
 * One step of the optimizer over all parameters at once, by the formulas of the processor's kernels (assembly/optimizer.as.ts).
 * Nothing is overwritten: the results are new arrays under the same names.
 */
export function writeUpdate(
  g: Graph,
  optimizer: Optimizer,
  arrays: FlatArrays,
  clipped: Value,
  scalars: Readonly<Record<keyof StepScalars, Value>>,
  places: readonly TrainedPlace[],
): FlatArrays {
  const { values, average } = arrays;
  const each = (name: string, pick: (settings: ParameterSettings) => number) =>
    spread(g, name, places, values.shape[0], pick);
  const decay = each('decay', ({ frozen, weightDecay, rateFactor }) =>
    frozen ? 0 : optimizer.decoupled ? weightDecay * rateFactor : weightDecay,
  );
  const factor = each('rate', ({ frozen, rateFactor }) => (frozen ? 0 : rateFactor));
  const frozenSteps = each('frozenSteps', (settings) => settings.frozenSteps);
  const moving =
    frozenSteps.constant === 0
      ? null
      : g.where(g.compare('Greater', scalars.step, frozenSteps.value), g.scalar(1), g.scalar(0));
  const ofMoving = (value: Value): Value => (moving === null ? value : g.mul(moving, value));
  const rate = ofMoving(factor.constant === 1 ? scalars.rate : g.mul(factor.value, scalars.rate));

  let kept = values;
  let gradient = clipped;
  if (decay.constant !== 0 && optimizer.decoupled) {
    const shrink = ofMoving(g.mul(decay.value, g.mul(scalars.learningRate, scalars.decay)));
    kept = g.mul(values, g.sub(g.scalar(1), shrink));
  } else if (decay.constant !== 0) {
    gradient = g.add(gradient, g.mul(values, g.mul(decay.value, scalars.decay)));
  }
  const { change, memory } = writeChange(g, optimizer, arrays, gradient, rate, scalars.root);
  const next = { values: g.sub(kept, change), ...memory };
  if (!average) return next;
  const moved = g.mul(g.sub(next.values, average), scalars.share);
  return { ...next, average: g.add(average, moved) };
}

interface Change {
  /** What is taken from the parameters. */
  readonly change: Value;
  /** What the optimizer remembers next. */
  readonly memory: FlatArrays;
}

function writeChange(
  g: Graph,
  optimizer: Optimizer,
  arrays: FlatArrays,
  gradient: Value,
  rate: Value,
  root: Value,
): Change {
  const squared = () => g.mul(gradient, gradient);
  const { first, second, square, mean, change, velocity } = arrays;
  switch (optimizer.kind) {
    case 'sgd': {
      if (optimizer.momentum === 0) return { change: g.mul(gradient, rate), memory: {} };
      const { nesterov, rateInVelocity } = optimizer;
      const push = rateInVelocity ? g.mul(gradient, rate) : gradient;
      const moved = withMomentum(g, velocity, push, optimizer.momentum);
      const step = nesterov ? withMomentum(g, moved, push, optimizer.momentum) : moved;
      return { change: rateInVelocity ? step : g.mul(step, rate), memory: { velocity: moved } };
    }
    case 'rmsprop': {
      const { rho, epsilon, epsilonInRoot, momentum, rateInVelocity } = optimizer;
      const squares = mix(g, square, squared(), rho);
      const means = mean ? mix(g, mean, gradient, rho) : null;
      // Rounding can leave a variance of next to nothing below 0.
      const spreads = means ? g.unary('Relu', g.sub(squares, g.mul(means, means))) : squares;
      const e = g.scalar(epsilon);
      const length = epsilonInRoot ? g.unary('Sqrt', g.add(spreads, e)) : g.add(g.unary('Sqrt', spreads), e);
      const memory = { square: squares, ...(means ? { mean: means } : {}) };
      const push = g.div(rateInVelocity ? g.mul(gradient, rate) : gradient, length);
      const moved = momentum > 0 ? withMomentum(g, velocity, push, momentum) : push;
      return {
        change: rateInVelocity ? moved : g.mul(moved, rate),
        memory: momentum > 0 ? { ...memory, velocity: moved } : memory,
      };
    }
    case 'adadelta': {
      const e = g.scalar(optimizer.epsilon);
      const squares = mix(g, square, squared(), optimizer.rho);
      const ratio = g.div(g.unary('Sqrt', g.add(change, e)), g.unary('Sqrt', g.add(squares, e)));
      const step = g.mul(gradient, ratio);
      const changes = mix(g, change, g.mul(step, step), optimizer.rho);
      return { change: g.mul(step, rate), memory: { square: squares, change: changes } };
    }
    case 'adam':
    case 'adamw': {
      const firsts = mix(g, first, gradient, optimizer.beta1);
      const seconds = mix(g, second, squared(), optimizer.beta2);
      const length = g.add(g.mul(g.unary('Sqrt', seconds), root), g.scalar(optimizer.epsilon));
      return { change: g.div(g.mul(firsts, rate), length), memory: { first: firsts, second: seconds } };
    }
  }
}

/** β·old + (1 − β)·fresh. */
function mix(g: Graph, old: Value, fresh: Value, beta: number): Value {
  return g.add(g.mul(old, g.scalar(beta)), g.mul(fresh, g.scalar(1 - beta)));
}

function withMomentum(g: Graph, velocity: Value, push: Value, momentum: number): Value {
  return g.add(g.mul(velocity, g.scalar(momentum)), push);
}
