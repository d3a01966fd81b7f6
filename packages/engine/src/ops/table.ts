import type { AnyOperator } from '../operator.ts';
import { relu, sigmoid, silu, softplus, tanh } from './activation.ts';
import { conv2d } from './conv.ts';
import { add, div, exp, log, mul, neg, sqrt, sub } from './elementwise.ts';
import { finalState } from './final-state.ts';
import { gru } from './gru.ts';
import { bceWithLogits } from './loss.ts';
import { lstm } from './lstm.ts';
import { dense, matmul } from './matmul.ts';
import { batchNorm, frozenBatchNorm } from './normalization.ts';
import { averagePool, maxPool } from './pool.ts';
import { max, mean, sum } from './reduce.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { concat, pad, reshape, slice, transpose, upsample } from './structure.ts';

/** Every operator of the engine. What is not here does not exist; a test demands a gradient check for each. */
export const operators = {
  add,
  sub,
  mul,
  div,
  neg,
  exp,
  log,
  sqrt,
  relu,
  sigmoid,
  tanh,
  silu,
  softplus,
  matmul,
  dense,
  conv2d,
  maxPool,
  averagePool,
  sum,
  mean,
  max,
  concat,
  slice,
  pad,
  reshape,
  transpose,
  upsample,
  batchNorm,
  frozenBatchNorm,
  softmax,
  logSoftmax,
  bceWithLogits,
  gru,
  lstm,
  finalState,
} as const satisfies Record<string, AnyOperator>;
