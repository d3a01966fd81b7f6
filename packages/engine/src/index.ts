export { Builder } from './builder.ts';
export type { Activation } from './builder.ts';
export type { Initial, InitialName } from './initial.ts';
export type { Conv2dOptions } from './layers/convolution.ts';
export type { DenseOptions } from './layers/dense.ts';
export type { BatchNormOptions, CenterOptions } from './layers/normalization.ts';
export type { RecurrentOptions, RecurrentResult } from './layers/recurrent.ts';
export { dropoutShares, exportOnnx } from './export.ts';
export type { ExportOptions } from './export.ts';
export { binaryCrossEntropy, categoricalCrossEntropy } from './losses/cross-entropy.ts';
export type { BinaryOptions, CategoricalOptions, ClassifiedTensors } from './losses/cross-entropy.ts';
export { categoricalFocal, focal } from './losses/focal.ts';
export type { FocalOptions } from './losses/focal.ts';
export { dice, tversky } from './losses/overlap.ts';
export type { OverlapTensors, TverskyOptions } from './losses/overlap.ts';
export { logCoshError, meanSquaredError } from './losses/regression.ts';
export type { PredictedTensors } from './losses/regression.ts';
export { selfDistillation } from './losses/self-distillation.ts';
export type {
  SelfDistillationLoss,
  SelfDistillationOptions,
  SelfDistillationTensors,
} from './losses/self-distillation.ts';
export { standardNormalDivergence, variationalLoss } from './losses/variational.ts';
export type { LatentTensors, VariationalTensors } from './losses/variational.ts';
export { checkWeights, defineNetwork, initialWeights, networkParameters } from './network.ts';
export type { DeclaredShape, NetworkDefinition, Tensors, WeightArray, Weights } from './network.ts';
export type { Device } from './onnx/graph.ts';
export { operators } from './ops/table.ts';
export type { ParameterDefinition } from './parameter-scope.ts';
export { randomStream } from './random.ts';
export { requireDevice } from './runtime/device.ts';
export { loadModel, ModelError } from './runtime/model.ts';
export type { LoadedModel, LoadOptions, TensorInfo } from './runtime/model.ts';
export { DeviceError } from './runtime/session.ts';
export type { ArrayValue } from './runtime/session.ts';
export { ShapeError } from './shape.ts';
export type { Shape } from './shape.ts';
export type { Tensor } from './tensor.ts';
export type { Feeds } from './training/training-graph.ts';
export { TrainingError } from './training/options.ts';
export type { Losses, StepResult, TrainingOptions } from './training/options.ts';
export { optimizers, resolveOptimizer } from './training/optimizer-options.ts';
export type { Optimizer, OptimizerName, OptimizerOptions } from './training/optimizer-options.ts';
export type { ParameterGroup } from './training/parameter-groups.ts';
export { compileTraining } from './training/session.ts';
export type { TrainingSession } from './training/training-session.ts';
export { loadWeights, saveWeights } from './training/checkpoint.ts';
export { constant, cosine, stepDecay } from './training/schedule.ts';
export type { CosineOptions, Schedule, StepDecayOptions } from './training/schedule.ts';
export { train } from './training/train.ts';
export type {
  EpochSummary,
  Metrics,
  NumberedBatches,
  Progress,
  TrainOptions,
  TrainResult,
} from './training/train.ts';
export { chainNetwork, chainOutput, chainToOnnx } from './interchange/chain-network.ts';
export type { ChainNames } from './interchange/chain-network.ts';
export { chainActivations, endsInProbability } from './interchange/chain.ts';
export type { Chain, ChainActivation, ChainLayer, Pair, Sides } from './interchange/chain.ts';
export { openOutputGradient } from './gradients/output-gradient.ts';
export type { OutputGradient } from './gradients/output-gradient.ts';
export { OperatorError } from './interchange/read-operators.ts';
export { partBetween, unknownOperators } from './interchange/read-part.ts';
export type { OnnxPart } from './interchange/read-part.ts';
export { exposeOutputs, replaceWeights } from './onnx/edit-graph.ts';
export { readOnnxGraph } from './onnx/read-graph.ts';
export type { OnnxGraph, OnnxNode, OnnxTensor } from './onnx/read-graph.ts';
export { inspectOnnx, restateOpset } from './onnx/inspect.ts';
export { onnxWeights } from './onnx/weights.ts';
export type { OnnxSummary } from './onnx/inspect.ts';
export { decodeSafetensors, decodeTypedSafetensors, encodeSafetensors } from './training/safetensors.ts';
export type { TypedArray } from './training/safetensors.ts';
