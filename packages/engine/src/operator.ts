import type { Graph } from './onnx/graph.ts';
import type { Value } from './onnx/model.ts';
import type { Shape } from './shape.ts';

/** What an operator's forward pass leaves behind. */
export interface Emitted {
  readonly output: Value;
  /** Values of the forward pass that its gradient reads again. */
  readonly saved?: readonly Value[];
  /** New values of state kept outside the graph (running statistics), by state name. */
  readonly updates?: Readonly<Record<string, StateUpdate>>;
}

/** After a step: state ← state + rate · (value − state). */
export interface StateUpdate {
  readonly value: Value;
  readonly rate: number;
}

export interface GradientContext<A> {
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly saved: readonly Value[];
  /** ∂loss/∂output, of the output's shape. */
  readonly gradient: Value;
  readonly attributes: A;
  /** Which inputs want a gradient; a rule may skip the work for the others. */
  readonly wanted: readonly boolean[];
}

/**
 * One operator: the shape it gives, the ONNX nodes it becomes, and its gradient. All rules stand in one table
 * (`ops/table.ts`); a test takes finite differences of every one of them.
 */
export interface Operator<A> {
  readonly name: string;
  /** Throws ShapeError saying which shapes do not fit and what to do. */
  shape(inputs: readonly Shape[], attributes: A): Shape;
  emit(graph: Graph, inputs: readonly Value[], attributes: A): Emitted;
  /** ∂loss/∂input for every input, null for one that is not wanted or has no gradient (a target, a mask). */
  gradient(graph: Graph, context: GradientContext<A>): readonly (Value | null)[];
}

/** Any operator, where its attributes do not matter. */
export type AnyOperator = Operator<never>;
