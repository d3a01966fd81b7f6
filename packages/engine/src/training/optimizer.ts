import { paddedCount } from '../runtime/memory.ts';
import type { Block, Kernels } from '../runtime/memory.ts';
import type { Adadelta, Adam, AdamW, Optimizer, RmsProp, Sgd } from './optimizer-options.ts';

/** One parameter's arrays as an optimizer works on them, in one memory. */
export interface OptimizerArrays {
  readonly value: Block;
  readonly gradient: Block;
  /** What the optimizer remembers, by the names {@link optimizerSlots} gives. */
  readonly slots: Readonly<Record<string, Block>>;
}

/** What differs from step to step and from parameter to parameter. */
export interface OptimizerStep {
  /** From 1. */
  readonly step: number;
  /** Gradients count this many times: less than 1 where they are clipped. */
  readonly gradientScale: number;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** Names of the arrays, each as large as the parameter, that the optimizer keeps from step to step; all start at 0. */
export function optimizerSlots(optimizer: Optimizer): readonly string[] {
  switch (optimizer.kind) {
    case 'sgd':
      return optimizer.momentum > 0 ? ['velocity'] : [];
    case 'rmsprop':
      return [
        'square',
        ...(optimizer.centered ? ['mean'] : []),
        ...(optimizer.momentum > 0 ? ['velocity'] : []),
      ];
    case 'adadelta':
      return ['square', 'change'];
    case 'adam':
    case 'adamw':
      return ['first', 'second'];
  }
}

/** One step of one parameter. */
export function optimize(
  kernels: Kernels,
  optimizer: Optimizer,
  arrays: OptimizerArrays,
  context: OptimizerStep,
): void {
  switch (optimizer.kind) {
    case 'sgd':
      sgd(kernels, optimizer, arrays, context);
      break;
    case 'rmsprop':
      rmsprop(kernels, optimizer, arrays, context);
      break;
    case 'adadelta':
      adadelta(kernels, optimizer, arrays, context);
      break;
    case 'adam':
    case 'adamw':
      adam(kernels, optimizer, arrays, context);
      break;
  }
}

/** What every kernel begins with: parameter, gradient, count, and how gradient and parameter are changed first. */
function common(
  { decoupled }: Optimizer,
  { value, gradient }: OptimizerArrays,
  { gradientScale, learningRate, weightDecay }: OptimizerStep,
): [number, number, number, number, number, number] {
  const added = decoupled ? 0 : weightDecay;
  const keep = decoupled ? 1 - learningRate * weightDecay : 1;
  return [value.address, gradient.address, paddedCount(value.data.length), gradientScale, added, keep];
}

/** The learning rate before the velocity and after it. */
function rates(inVelocity: boolean, learningRate: number): [number, number] {
  return inVelocity ? [learningRate, 1] : [1, learningRate];
}

function sgd(kernels: Kernels, optimizer: Sgd, arrays: OptimizerArrays, context: OptimizerStep): void {
  const { momentum, nesterov, rateInVelocity } = optimizer;
  const begin = common(optimizer, arrays, context);
  if (momentum === 0) {
    kernels.sgd(...begin, context.learningRate);
    return;
  }
  const [before, after] = rates(rateInVelocity, context.learningRate);
  kernels.momentum(...begin, arrays.slots.velocity.address, momentum, before, after, nesterov ? 1 : 0);
}

function rmsprop(
  kernels: Kernels,
  optimizer: RmsProp,
  arrays: OptimizerArrays,
  context: OptimizerStep,
): void {
  const { rho, epsilon, epsilonInRoot, momentum, rateInVelocity, centered } = optimizer;
  const { square, mean, velocity } = arrays.slots;
  const [before, after] = rates(rateInVelocity, context.learningRate);
  kernels.rmsprop(
    ...common(optimizer, arrays, context),
    square.address,
    centered ? mean.address : 0,
    momentum > 0 ? velocity.address : 0,
    rho,
    1 - rho,
    epsilonInRoot ? epsilon : 0,
    epsilonInRoot ? 0 : epsilon,
    momentum,
    before,
    after,
  );
}

function adadelta(
  kernels: Kernels,
  optimizer: Adadelta,
  arrays: OptimizerArrays,
  context: OptimizerStep,
): void {
  const { rho, epsilon } = optimizer;
  const { square, change } = arrays.slots;
  kernels.adadelta(
    ...common(optimizer, arrays, context),
    square.address,
    change.address,
    rho,
    1 - rho,
    epsilon,
    context.learningRate,
  );
}

function adam(
  kernels: Kernels,
  optimizer: Adam | AdamW,
  arrays: OptimizerArrays,
  context: OptimizerStep,
): void {
  const { beta1, beta2, epsilon, epsilonHat } = optimizer;
  const { first, second } = arrays.slots;
  const rate = context.learningRate / (1 - beta1 ** context.step);
  const root = Math.sqrt(1 - beta2 ** context.step);
  kernels.adam(
    ...common(optimizer, arrays, context),
    first.address,
    second.address,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    epsilonHat ? rate * root : rate,
    epsilonHat ? 1 : 1 / root,
    epsilon,
  );
}
