import type { createRandom } from './random.ts';

/** Puts the entries into a random order in place (Fisher and Yates; Durstenfeld 1964) and returns them. */
export function shuffle<T extends { length: number; [index: number]: unknown }>(
  entries: T,
  random: ReturnType<typeof createRandom>,
): T {
  for (let i = entries.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const kept = entries[i];
    entries[i] = entries[j];
    entries[j] = kept;
  }
  return entries;
}
