import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';
import type { ParameterDefinition } from '../parameter-scope.ts';
import { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import { createSession, tensorOver } from '../runtime/session.ts';
import { elementCount } from '../shape.ts';
import { optimizerSlots } from './optimizer.ts';
import type { Optimizer } from './optimizer-options.ts';
import type { ParameterSettings } from './parameter-groups.ts';
import type { TrainingState } from './state.ts';

/** One parameter's place in the flat arrays. */
export interface Place {
  readonly definition: ParameterDefinition;
  readonly offset: number;
  readonly count: number;
}

export interface TrainedPlace extends Place {
  readonly settings: ParameterSettings;
}

/**
 * A flat array on the device: `values` (all parameters), what the optimizer remembers of them, `average`, `running` (all running
 * statistics).
 */
export type Slot = string;

/** Flat arrays are padded to whole rows of this many, so that sums over them split evenly. */
const row = 1024;

/**
 * A training's state as a few flat arrays that stay on the device: a step reads them and leaves new ones, and what was read is
 * let go afterwards. The {@link TrainingState} on the processor is filled from them on demand, for checkpoints and weights.
 */
export class DeviceState {
  readonly trained: readonly TrainedPlace[];
  readonly running: readonly Place[];
  readonly slots: readonly Slot[];
  readonly #state: TrainingState;
  readonly #tensors = new Map<Slot, OrtTensor>();
  #download: Promise<InferenceSession> | null = null;
  #stale = false;

  constructor(state: TrainingState, optimizer: Optimizer) {
    this.#state = state;
    this.trained = places(state.trained.map(({ definition }) => definition)).map((place, k) => ({
      ...place,
      settings: state.trained[k].settings,
    }));
    this.running = places([...state.running.values()].map(({ definition }) => definition));
    const averaged = state.trained.some(({ average }) => average !== null);
    const slots: Slot[] = ['values', ...optimizerSlots(optimizer)];
    if (averaged) slots.push('average');
    if (this.running.length > 0) slots.push('running');
    this.slots = slots;
    this.push();
  }

  /** Whether the processor's copy is behind. */
  get stale(): boolean {
    return this.#stale;
  }

  /** Floats in a flat array, padding included. */
  size(slot: Slot): number {
    const last = (slot === 'running' ? this.running : this.trained).at(-1);
    return last === undefined ? 0 : Math.ceil((last.offset + last.count) / row) * row;
  }

  tensor(slot: Slot): OrtTensor {
    return this.#tensors.get(slot)!;
  }

  /** Takes the arrays a step left in place of those it read. */
  adopt(next: Readonly<Record<Slot, OrtTensor>>): void {
    for (const [slot, tensor] of Object.entries(next)) {
      this.#tensors.get(slot)?.dispose();
      this.#tensors.set(slot, tensor);
    }
    this.#stale = true;
  }

  /** Fills the state on the processor. */
  async pull(): Promise<void> {
    if (!this.#stale) return;
    this.#download ??= this.#downloadSession();
    const feeds = Object.fromEntries(this.slots.map((slot) => [slot, this.tensor(slot)]));
    const results = await (await this.#download).run(feeds);
    for (const slot of this.slots) {
      const flat = results[`cpu/${slot}`].data as Float32Array;
      for (const [{ offset, count }, data] of this.#arrays(slot)) {
        data.set(flat.subarray(offset, offset + count));
      }
    }
    this.#stale = false;
  }

  /** Takes the state on the processor; the next run carries it to the device. */
  push(): void {
    for (const slot of this.slots) {
      const flat = new Float32Array(this.size(slot));
      for (const [{ offset }, data] of this.#arrays(slot)) flat.set(data, offset);
      this.#tensors.get(slot)?.dispose();
      this.#tensors.set(slot, tensorOver(flat, [flat.length]));
    }
    this.#stale = false;
  }

  async close(): Promise<void> {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
    await (await this.#download)?.release();
  }

  /** The processor's arrays that a flat array holds, each with its place. */
  #arrays(slot: Slot): [Place, Float32Array][] {
    if (slot === 'running') {
      return this.running.map((place) => [place, this.#state.running.get(place.definition.name)!.value.data]);
    }
    return this.trained.flatMap((place, k) => {
      const { value, average, slots } = this.#state.trained[k];
      const block = slot === 'values' ? value : slot === 'average' ? average : slots[slot];
      // Frozen parameters have nothing to remember.
      return block ? [[place, block.data]] : [];
    });
  }

  /** ONNX Runtime's own way of reading a tensor on a device ends the process in Node; the outputs of a session come over safely. */
  #downloadSession(): Promise<InferenceSession> {
    const graph = new Graph({ opset: 21, contributed: false, target: 'webgpu' });
    const outputs: Record<string, Value> = {};
    for (const slot of this.slots) outputs[`cpu/${slot}`] = graph.input(slot, [this.size(slot)]);
    return createSession(graph.toModel('download', outputs), { device: 'webgpu' });
  }
}

function places(definitions: readonly ParameterDefinition[]): Place[] {
  let offset = 0;
  return definitions.map((definition) => {
    const count = elementCount(definition.shape);
    const place = { definition, offset, count };
    offset += count;
    return place;
  });
}
