import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Seeded uniform numbers in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Candidates as a CSV: `id`, `night` (a group of five rows), `kind` (real or bogus, in turn), `flux` whose mean differs by `gap`
 * standard deviations between the kinds, `shape` that says nothing, one of ten cells of it empty.
 */
export function candidates(rows: number, seed: number, gap = 2): string {
  const next = uniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const lines = Array.from({ length: rows }, (_, i) => {
    const bogus = i % 2;
    const shape = next() < 0.1 ? '' : normal().toFixed(4);
    return `c${seed}-${i},n${Math.floor(i / 5)},${bogus ? 'bogus' : 'real'},${(bogus * gap + normal()).toFixed(4)},${shape}`;
  });
  return `id,night,kind,flux,shape\n${lines.join('\n')}\n`;
}

/** A recipe for those candidates. */
export function candidateRecipe(name: string, extra = '', learner = 'naive-bayes'): string {
  return `name = "${name}"
task = "table"

[data]
label = "kind"
positive = "bogus"
id = "id"
exclude = ["night"]

[[steps]]
use = "impute"

[[steps]]
use = "standard-scale"

[model]
learner = "${learner}"

${extra}`;
}

/** Writes a text and gives its path. */
export async function put(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}
