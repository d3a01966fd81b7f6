import type { Weights } from '@blemish/engine';
import type { SavedArray, SavedParts } from './saved.ts';

/** Weights of several networks as arrays of one model: `0/…`, `1/…`. */
export function savedMembers(members: readonly Weights[]): Record<string, SavedArray> {
  return Object.fromEntries(
    members.flatMap((weights, k) =>
      Object.entries(weights).map(([name, array]): [string, SavedArray] => [`${k}/${name}`, array]),
    ),
  );
}

/** The weights of each network as they were saved; `exportOnnx` refuses those that are absent or of another shape. */
export function loadMembers({ arrays }: SavedParts, members: number): Weights[] {
  return Array.from({ length: members }, (_, k) =>
    Object.fromEntries(
      Object.entries(arrays)
        .filter(([name]) => name.startsWith(`${k}/`))
        .map(([name, { shape, data }]) => [
          name.slice(`${k}/`.length),
          { shape, data: Float32Array.from(data) },
        ]),
    ),
  );
}
