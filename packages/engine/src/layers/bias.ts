import { resolveInitial } from '../initial.ts';
import type { Fans, Initial, InitialName } from '../initial.ts';
import type { ParameterScope } from '../parameter-scope.ts';
import type { Tensor } from '../tensor.ts';

export interface BiasOptions {
  readonly bias?: boolean;
  readonly startBias?: number;
  readonly initial: InitialName | Initial;
}

/** The bias of a layer in a list, or an empty list. It starts from `startBias` or 0, or as PyTorch draws it. */
export function biasVector(
  b: ParameterScope,
  layer: string,
  size: number,
  fans: Fans,
  { bias = true, startBias, initial }: BiasOptions,
): Tensor[] {
  if (!bias) return [];
  const start = startBias ?? (initial === 'pytorch' ? resolveInitial(initial, fans) : 0);
  return [b.vector(layer, 'bias', size, start)];
}
