/**
 * Up to three of `names` that are a typing mistake away from `wanted`: other case, or few letters changed; the nearest first.
 * @param limit letters that may differ
 */
export function nearestNames(
  wanted: string,
  names: readonly string[],
  limit: number = Math.max(1, Math.floor(wanted.length / 3)),
): string[] {
  return names
    .map((name) => ({ name, distance: editDistance(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Letters inserted, removed or replaced (Levenshtein 1966), one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    above = row;
  }
  return above[b.length];
}
