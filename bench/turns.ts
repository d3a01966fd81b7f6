import { setTimeout as sleep } from 'node:timers/promises';
import type { LivingProcess } from './living-process.ts';
import { median, pauseMs } from './results.ts';

export interface Turns {
  /** Blocks of each side. */
  readonly rounds: number;
  /** How long a block of repeats should last, so that the pauses between blocks cost little. */
  readonly blockMs: number;
  /** Repeats of the first, short block of each side, which says how many fill a block. */
  readonly first: number;
  /** Least and most repeats of a block. */
  readonly least: number;
  readonly most: number;
}

/**
 * Milliseconds of every repeat of each side, block by block in turns with a pause in between, so that neither's idle threads spin
 * into the other's time. A side answers `{"repeats": n}`, with what `request` adds, by `{"ms": [n numbers]}`.
 */
export async function timeInTurns(
  sides: readonly LivingProcess[],
  { rounds, blockMs, first, least, most }: Turns,
  request: object = {},
): Promise<number[][]> {
  const block = async (side: LivingProcess, repeats: number): Promise<number[]> => {
    await sleep(pauseMs);
    return (await side.ask<{ ms: number[] }>({ ...request, repeats })).ms;
  };
  const repeats: number[] = [];
  for (const side of sides) {
    const typical = median(await block(side, first));
    repeats.push(Math.max(least, Math.min(most, Math.round(blockMs / typical))));
  }
  const ms: number[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of sides.entries()) ms[i].push(...(await block(side, repeats[i])));
  }
  return ms;
}
