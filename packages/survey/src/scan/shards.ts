import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SurveyError } from '../errors.ts';
import type { Failure } from '../errors.ts';
import type { InputFile } from '../inputs/expand.ts';
import { plural } from '../report/format.ts';
import { Journal, differences } from './journal.ts';
import { placeInInputs, readPlan } from './plan.ts';
import type { ScanPlan } from './plan.ts';

/** One part of a scan, or a scan to be joined with others, open for reading. */
export interface Shard {
  readonly folder: string;
  readonly plan: ScanPlan;
  /** Which part, from 1, of how many; of whole scans their order. */
  readonly index: number;
  readonly count: number;
  readonly journal: Journal;
}

/** The parts of one scan. */
export interface OpenShards {
  /** Of the first part: what all have in common. */
  readonly plan: ScanPlan;
  /** Files done, in the order of all inputs. */
  readonly files: readonly { readonly file: InputFile; readonly shard: Shard }[];
  /** Paths that led nowhere. */
  readonly failures: readonly Failure[];
  /** What is missing, a sentence each. */
  readonly missing: readonly string[];
  /** The parts' time together, where they finished. */
  readonly seconds: number;
  /** For provenance. */
  readonly descriptions: readonly object[];
  close(): Promise<void>;
}

/**
 * Opens the parts of a scan and checks that they belong together: one model, threshold, version and list of inputs, one number of parts,
 * each of them once, no file in two. Or whole scans (of several nights), of one model, threshold and version, no file in two; their files
 * come in the order of the folders.
 * @param allowMissing where false, parts that are missing or have files to do are an error
 * @throws SurveyError SHARDS_MISMATCH, SHARDS_INCOMPLETE naming what is missing, RESUME_DAMAGED
 */
export async function openShards(folders: readonly string[], allowMissing: boolean): Promise<OpenShards> {
  const shards: Shard[] = [];
  const close = async (): Promise<void> => {
    for (const { journal } of shards) await journal.close();
  };
  try {
    for (const [at, folder] of folders.entries()) shards.push(await openShard(folder, at, folders.length));
    shards.sort((a, b) => a.index - b.index);
    checkTogether(shards);
    const missing = missingFiles(shards);
    if (missing.length > 0 && !allowMissing) {
      throw new SurveyError('SHARDS_INCOMPLETE', missing.join('; '));
    }
    const files = inInputOrder(shards);
    checkOnce(files);
    const finished = await Promise.all(shards.map(({ folder }) => readProvenance(folder)));
    return {
      plan: shards[0].plan,
      files,
      failures: shards.flatMap(({ plan }) => plan.failures),
      missing,
      seconds: finished.reduce((sum, { seconds = 0 }) => sum + seconds, 0),
      descriptions: shards.map(({ folder, plan, index, count }, i) => ({
        folder,
        shard: plan.shard === null ? null : `${index}/${count}`,
        ...finished[i],
      })),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openShard(folder: string, at: number, folders: number): Promise<Shard> {
  const plan = await readPlan(folder);
  const journal = plan && (await Journal.read(folder));
  if (!plan || !journal) {
    throw new SurveyError('SHARDS_MISMATCH', 'holds no scan', { path: folder });
  }
  return { folder, plan, journal, ...(plan.shard ?? { index: at + 1, count: folders }) };
}

function checkTogether(shards: readonly Shard[]): void {
  const [first] = shards;
  if (first === undefined) throw new SurveyError('SHARDS_MISMATCH', 'no part was given');
  for (const [i, shard] of shards.entries()) {
    const refuse = (what: string): never => {
      throw new SurveyError('SHARDS_MISMATCH', `${what} (beside ${first.folder})`, { path: shard.folder });
    };
    if ((shard.plan.shard === null) !== (first.plan.shard === null)) {
      const [part, whole] = ['a part (--shard I/N)', 'a scan of its own'];
      refuse(shard.plan.shard === null ? `is ${whole}, not ${part}` : `is ${part}, not ${whole}`);
    }
    if (shard.count !== first.count) {
      refuse(`is part ${shard.index} of ${shard.count}, not of ${first.count}`);
    }
    const differing = differences(first.plan.header, shard.plan.header);
    if (differing.length > 0) refuse(`differs in ${differing.join(', ')}`);
    if (first.plan.shard === null) continue;
    const [a, b] = [first.plan.inputs, shard.plan.inputs];
    if (a.sha256 !== b.sha256) {
      refuse(`was a part of other inputs: of ${plural(b.files, 'file')}, not of the ${a.files} there`);
    }
    if (i > 0 && shard.index === shards[i - 1].index) {
      const what = `is part ${shard.index}/${shard.count}, as is ${shards[i - 1].folder}`;
      throw new SurveyError('SHARDS_MISMATCH', what, { path: shard.folder });
    }
  }
}

function missingFiles(shards: readonly Shard[]): string[] {
  const [{ count, plan }] = shards;
  const out: string[] = [];
  const absent = Array.from({ length: count }, (_, i) => i + 1).filter(
    (index) =>
      (plan.shard === null || index <= plan.inputs.files) && !shards.some((shard) => shard.index === index),
  );
  if (absent.length > 0) {
    out.push(`${absent.length === 1 ? 'part' : 'parts'} ${absent.join(', ')} of ${count} missing`);
  }
  for (const { folder, index, plan, journal } of shards) {
    const left = plan.files.filter(({ path }) => !journal.has(path));
    if (left.length > 0) {
      const name = plan.shard === null ? folder : `part ${index} of ${count} (${folder})`;
      const example = `${left[0].path}${left.length > 1 ? ', …' : ''}`;
      out.push(`${name} has ${plural(left.length, 'file')} to do: ${example}`);
    }
  }
  return out;
}

/** Files number I − 1, I − 1 + N, … are of part I; sorting keeps whole scans in their order. */
function inInputOrder(shards: readonly Shard[]): { file: InputFile; shard: Shard; place: number }[] {
  return shards
    .flatMap((shard) => shard.plan.files.map((file, at) => ({ file, shard, place: placeOf(at, shard) })))
    .filter(({ file, shard }) => shard.journal.has(file.path))
    .sort((a, b) => a.place - b.place);
}

const placeOf = (at: number, shard: Shard): number =>
  shard.plan.shard === null ? 0 : placeInInputs(at, shard.plan.shard);

/** No input, and no name of an output, twice. */
function checkOnce(files: OpenShards['files']): void {
  const seen = new Map<string, Shard>();
  for (const { file, shard } of files) {
    for (const key of [`input ${file.path}`, `output ${file.outputName}`]) {
      const other = seen.get(key);
      if (other) {
        throw new SurveyError('SHARDS_MISMATCH', `${key} is in ${other.folder} as well`, {
          path: shard.folder,
        });
      }
      seen.set(key, shard);
    }
  }
}

/** What a part's `scan.json` says of its run; nothing where it never finished. */
async function readProvenance(folder: string): Promise<{
  status?: string;
  command?: string | null;
  started?: string;
  finished?: string;
  seconds?: number;
}> {
  try {
    const { status, command, started, finished, seconds } = JSON.parse(
      await readFile(join(folder, 'scan.json'), 'utf8'),
    ) as Awaited<ReturnType<typeof readProvenance>>;
    return { status, command, started, finished, seconds } as Awaited<ReturnType<typeof readProvenance>>;
  } catch {
    return { status: 'unfinished' };
  }
}
