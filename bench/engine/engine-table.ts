import { alignedTable } from '../results.ts';
import type { EngineResult } from './engine-bench.ts';

export function engineTable(results: readonly EngineResult[], torch: string | null): string {
  const rows = results.map((result) => [
    result.name,
    `${result.ours_ms.toFixed(1)} ms`,
    result.peer_ms === null ? '–' : `${result.peer_ms.toFixed(1)} ms`,
    result.ratio?.toFixed(2) ?? '–',
    `≤ ${result.ratio_limit}`,
    `${result.ours_least_ms.toFixed(1)} ms`,
    result.peer_least_ms === null ? '–' : `${result.peer_least_ms.toFixed(1)} ms`,
    `${result.ours_mb.toFixed(0)} MB`,
    result.peer_mb === null ? '–' : `${result.peer_mb.toFixed(0)} MB`,
    result.peer_variant ?? '',
  ]);
  const heading = [
    '',
    'ours',
    'peer',
    'ratio',
    'asked',
    'least',
    "peer's",
    'memory',
    "peer's",
    "peer's variant",
  ];
  return `${alignedTable([heading, ...rows])}\n\npeer: ${torch ?? 'not measured'}\n`;
}
