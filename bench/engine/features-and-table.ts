import type { LoadedModel } from '@blemish/engine';
import { alignedTable } from '../results.ts';
import type { EngineResult } from './engine-bench.ts';

/** One sample of random numbers for each input of the scan's network: its time does not depend on the values. */
export function randomFeatures(
  model: LoadedModel,
): Record<'image' | 'evidence' | 'stars' | 'scalars', Float32Array> {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const input = (name: string) => {
    const shape = model.inputs.find((info) => info.name === name)?.shape ?? [];
    return Float32Array.from(
      { length: shape.slice(1).reduce<number>((n, extent) => n * Number(extent), 1) },
      random,
    );
  };
  return {
    image: input('image'),
    evidence: input('evidence'),
    stars: input('stars'),
    scalars: input('scalars'),
  };
}

export function engineTable(results: readonly EngineResult[], torch: string | null): string {
  const rows = results.map((result) => [
    result.name,
    `${result.ours_ms.toFixed(1)} ms`,
    result.peer_ms === null ? '–' : `${result.peer_ms.toFixed(1)} ms`,
    result.ratio?.toFixed(2) ?? '–',
    `≤ ${result.ratio_limit}`,
    `${result.ours_mb.toFixed(0)} MB`,
    result.peer_mb === null ? '–' : `${result.peer_mb.toFixed(0)} MB`,
    result.peer_variant ?? '',
  ]);
  const heading = ['', 'ours', 'peer', 'ratio', 'asked', 'memory', "peer's", "peer's variant"];
  return `${alignedTable([heading, ...rows])}\n\npeer: ${torch ?? 'not measured'}\n`;
}
