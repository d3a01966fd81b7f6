import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SurveyError, WorkerPool } from '@blemish/survey';

/** What to do with what is there already. */
export type Existing = 'refuse' | 'replace' | 'keep';

/** Independent things to make in worker threads, each with a name, and the tables that have rows of them. */
export interface Simulation<Task, Made> {
  readonly out: string;
  /** What one of them is called: exposure, object. */
  readonly noun: string;
  readonly units: readonly { readonly name: string; readonly task: Task }[];
  /** The path, relative to `out`, that stands where the unit does. */
  readonly pathOf: (name: string) => string;
  /** Files whose rows begin with a unit's name. A unit whose row is in the first of them has all its rows in all. */
  readonly tables: readonly string[];
  /** A module that makes a unit of a task. */
  readonly worker: URL;
  readonly append: (made: Made) => Promise<void>;
  readonly threads?: number | undefined;
  readonly existing: Existing;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface SimulationResult {
  /** Names of all units, made or kept. */
  readonly names: readonly string[];
  readonly made: number;
  readonly kept: number;
  readonly interrupted: boolean;
}

/**
 * Makes units in worker threads, one at a time each, and appends their rows in the order of the units. A unit counts as there when its file and
 * its rows are.
 * @throws SurveyError OUTPUT_EXISTS, DISK_FULL, OUTPUT_UNWRITABLE; RangeError where two units have one name; what the worker throws
 */
export async function runSimulation<Task, Made>(
  simulation: Simulation<Task, Made>,
): Promise<SimulationResult> {
  const { out, noun, units, pathOf, tables, existing, signal, onProgress } = simulation;
  const known = await namesIn(join(out, tables[0]));
  const names = new Set<string>();
  const missing: typeof units = units.filter(({ name }) => {
    const there = existsSync(join(out, pathOf(name)));
    if (existing === 'refuse' && there) {
      throw new SurveyError('OUTPUT_EXISTS', `this ${noun} was simulated before`, {
        path: join(out, pathOf(name)),
      });
    }
    if (names.has(name))
      throw new RangeError(`the seeds give two ${noun}s one name, ${name}: choose another --seed`);
    names.add(name);
    return !(existing === 'keep' && there && known.has(name));
  });
  const kept = units.length - missing.length;
  await mkdir(out, { recursive: true });
  const dropped = new Set(missing.map(({ name }) => name));
  for (const table of tables) await dropRows(join(out, table), dropped);
  const threads = Math.max(1, Math.min(simulation.threads ?? availableParallelism(), missing.length));
  const pool = new WorkerPool<Task, Made>(simulation.worker, threads, {});
  let made = 0;
  onProgress?.(kept);
  try {
    for await (const unit of pool.map(tasks(missing, signal), 0)) {
      await simulation.append(unit);
      made++;
      onProgress?.(kept + made);
    }
  } finally {
    await pool.close();
  }
  return { names: [...names], made, kept, interrupted: made < missing.length };
}

/** Ends when the signal comes: units at hand are finished, no other is begun. */
function* tasks<Task>(units: readonly { readonly task: Task }[], signal?: AbortSignal): Generator<Task> {
  for (const { task } of units) {
    if (signal?.aborted) return;
    yield task;
  }
}

async function namesIn(table: string): Promise<ReadonlySet<string>> {
  if (!existsSync(table)) return new Set();
  const [, ...rows] = (await readFile(table, 'utf8')).trimEnd().split('\n');
  return new Set(rows.map(firstField));
}

/** Takes the rows of units that are about to be made again out of a table, line by line: tables can be larger than memory. */
async function dropRows(table: string, names: ReadonlySet<string>): Promise<void> {
  if (!existsSync(table) || names.size === 0) return;
  const draft = `${table}.partial`;
  const file = await open(draft, 'w');
  let dropped = 0;
  let lines: string[] = [];
  const flush = async () => {
    if (lines.length > 0) await file.write(`${lines.join('\n')}\n`);
    lines = [];
  };
  try {
    for await (const line of createInterface({ input: createReadStream(table) })) {
      if (names.has(firstField(line))) dropped++;
      else lines.push(line);
      if (lines.length === 10_000) await flush();
    }
    await flush();
  } finally {
    await file.close();
  }
  if (dropped > 0) await rename(draft, table);
  else await rm(draft);
}

function firstField(line: string): string {
  return line.slice(0, line.indexOf(','));
}
