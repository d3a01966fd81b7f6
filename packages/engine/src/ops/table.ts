import type { AnyOperator } from '../operator.ts';
import { erf, gelu, leakyRelu, relu, sigmoid, silu, softplus, tanh } from './activation.ts';
import { attention } from './attention.ts';
import { conv2d } from './conv.ts';
import { convTranspose2d } from './conv-transpose.ts';
import { abs, add, clip, div, exp, log, logCosh, mul, neg, pow, sqrt, sub } from './elementwise.ts';
import { gather } from './gather.ts';
import { groupNorm } from './group-norm.ts';
import { layerNorm } from './layer-norm.ts';
import { finalState } from './final-state.ts';
import { gru } from './gru.ts';
import { center } from './center.ts';
import { bceWithLogits } from './loss.ts';
import { lstm } from './lstm.ts';
import { dense, matmul } from './matmul.ts';
import { batchNorm, frozenBatchNorm } from './normalization.ts';
import { averagePool, maxPool } from './pool.ts';
import { max, mean, sum } from './reduce.ts';
import { resize } from './resize.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { concat, mergeBatch, pad, reshape, slice, splitBatch, transpose } from './structure.ts';

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
  abs,
  pow,
  clip,
  logCosh,
  relu,
  sigmoid,
  tanh,
  silu,
  softplus,
  leakyRelu,
  gelu,
  erf,
  matmul,
  dense,
  conv2d,
  convTranspose2d,
  maxPool,
  averagePool,
  sum,
  mean,
  max,
  concat,
  slice,
  pad,
  reshape,
  mergeBatch,
  splitBatch,
  transpose,
  gather,
  resize,
  batchNorm,
  frozenBatchNorm,
  center,
  layerNorm,
  groupNorm,
  softmax,
  logSoftmax,
  attention,
  bceWithLogits,
  gru,
  lstm,
  finalState,
} as const satisfies Record<string, AnyOperator>;
