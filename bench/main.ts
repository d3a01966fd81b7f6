import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { CommanderError } from 'commander';
import { loadModel } from '@blemish/engine';
import { SurveyError, defaultModel, openBundle } from '@blemish/survey';
import { benchDifference, differenceTable } from './difference-bench.ts';
import { dumpNetwork } from './dump-network.ts';
import { benchEngine } from './engine/engine-bench.ts';
import type { EngineResult } from './engine/engine-bench.ts';
import { engineTable } from './engine/engine-table.ts';
import { randomInputs } from './engine/random-numbers.ts';
import { works } from './engine/works.ts';
import type { Work } from './engine/running.ts';
import { benchExposure, defaultData } from './exposure.ts';
import { benchExposureMemory, benchExposures } from './exposures-bench.ts';
import type { ExposuresBenchOptions } from './exposures-bench.ts';
import { benchLearn, learnPeerVersion, learnTable } from './learn/learn-bench.ts';
import { works as learnWorks } from './learn/works.ts';
import { PeerMissing, findPeer } from './peer.ts';
import type { Peer } from './peer.ts';
import { prepareCcd } from './prepared-ccd.ts';
import { printable } from './results.ts';
import type { BenchReport } from './results.ts';
import { benchScan } from './scan-bench.ts';
import { defaultData as sequencesData, writeSample } from './sequences/sample.ts';
import { sequenceWorks } from './sequences/works.ts';
import { benchStages } from './stages-bench.ts';
import { writeStampSample } from './stamps/sample.ts';
import { stampWorks } from './stamps/works.ts';

interface Flags {
  readonly json?: boolean;
  readonly ccds: number;
  readonly width: number;
  readonly height: number;
  readonly rounds: number;
  readonly threads: number;
  readonly peerProcesses: number;
  readonly data: string;
  readonly model?: string;
  readonly python: string;
  readonly clean?: boolean;
}

/** Done, but without the peer. */
const exitWithoutPeer = 3;

/** The peer, or null, said. */
async function peerUnder(python: string, report: (line: string) => void): Promise<Peer | null> {
  try {
    return await findPeer(python);
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    report(error.message);
    process.exitCode = exitWithoutPeer;
    return null;
  }
}

async function run(what: 'scan' | 'stages', flags: Flags): Promise<void> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  const bundle = await openBundle(flags.model ?? null, 'ccd');
  const peer = await peerUnder(flags.python, report);
  const exposure = await benchExposure(flags.data, flags, report);
  const workFolder = await mkdtemp(join(tmpdir(), 'blemish-bench-run-'));
  const networkFolder = join(workFolder, 'network');
  try {
    const ccd = await prepareCcd(exposure, bundle.description.preprocess);
    const model = await loadModel(bundle.network, { threads: 1 });
    const { rounds, threads } = flags;
    let results: BenchReport['results'];
    try {
      await dumpNetwork(networkFolder, bundle, model, ccd.features);
      report('stages, one thread each');
      results = await benchStages(exposure, ccd, model, { peer, networkFolder, rounds });
    } finally {
      await model.close();
      await ccd.close();
    }
    if (what === 'scan') {
      const peerProcesses = flags.peerProcesses > 1 ? [1, flags.peerProcesses] : [1];
      const folders = { networkFolder, workFolder, modelFolder: bundle.folder };
      const scans = await benchScan(exposure, { peer, ...folders, rounds, threads, peerProcesses, report });
      results = [...scans, ...results];
    }
    const { ccds, width, height } = exposure;
    const done: BenchReport = {
      results,
      peer: peer?.versions ?? null,
      machine: { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.version },
      exposure: { ccds, width, height },
      model: `${bundle.description.name} ${bundle.description.version}`,
    };
    process.stdout.write(`${flags.json ? JSON.stringify(done) : printable(done)}\n`);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
    if (flags.clean) await rm(exposure.folder, { recursive: true, force: true });
  }
}

interface EngineFlags {
  readonly json?: boolean;
  readonly rounds: number;
  readonly threads: number;
  readonly only?: string[];
  readonly batch?: number;
  readonly dim?: number;
  readonly model?: string;
  readonly python: string;
}

async function runEngine(flags: EngineFlags): Promise<void> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  checkNames(flags.only, works);
  const bundle = await openBundle(flags.model ?? null, 'ccd');
  const peer = await peerUnder(flags.python, report);
  const networkFolder = await mkdtemp(join(tmpdir(), 'blemish-bench-network-'));
  const model = await loadModel(bundle.network, { threads: 1 });
  try {
    await dumpNetwork(
      networkFolder,
      bundle,
      model,
      randomInputs(model, ['image', 'evidence', 'stars', 'scalars']),
    );
    const { rounds, threads, only, batch, dim } = flags;
    const size = { ...(batch === undefined ? {} : { batch }), ...(dim === undefined ? {} : { dim }) };
    const python = peer?.python ?? null;
    const side = { python, works, threads, rounds, only, size, report };
    writeResults(await benchEngine({ ...side, networkFolder }), peer, flags);
  } finally {
    await model.close();
    await rm(networkFolder, { recursive: true, force: true });
  }
}

interface SequencesFlags extends Pick<EngineFlags, 'json' | 'rounds' | 'threads' | 'only' | 'python'> {
  readonly data: string;
}

async function runSequences(flags: SequencesFlags): Promise<void> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  checkNames(flags.only, sequenceWorks);
  const peer = await peerUnder(flags.python, report);
  const sample = await mkdtemp(join(tmpdir(), 'blemish-bench-sample-'));
  try {
    const { batches, description } = await writeSample(sample, flags.data);
    report(description);
    const { threads, rounds, only } = flags;
    const side = { python: peer?.python ?? null, works: sequenceWorks, threads, rounds, only, report };
    const results = await benchEngine({ ...side, size: { sample }, sampleBatches: batches });
    writeResults(results, peer, flags, description);
  } finally {
    await rm(sample, { recursive: true, force: true });
  }
}

async function runStampBench(flags: SequencesFlags): Promise<void> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  checkNames(flags.only, stampWorks);
  const peer = await peerUnder(flags.python, report);
  const folder = await mkdtemp(join(tmpdir(), 'blemish-bench-stamps-'));
  try {
    const sample = await writeStampSample(folder, flags.data);
    const { threads, rounds, only } = flags;
    const side = { python: peer?.python ?? null, works: stampWorks, threads, rounds, only, report };
    const results = await benchEngine({ ...side, size: { stamps: folder } });
    const rate = ({ name, ours_ms }: EngineResult): string => {
      const [count, what] = name === 'alerts-ztf' ? [sample.alerts, 'alerts'] : [sample.stamps, 'stamps'];
      return `${name}: ${Math.round((1000 * count) / ours_ms)} ${what}/s`;
    };
    writeResults(results, peer, flags, results.map(rate).join('\n'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws RangeError for a name that is not among the works */
function checkNames(only: readonly string[] | undefined, among: readonly Work[]): void {
  const unknown = only?.find((name) => !among.some((work) => work.name === name));
  if (unknown === undefined) return;
  throw new RangeError(`no work is called '${unknown}'; there are ${namesOf(among)}`);
}

function namesOf(among: readonly Work[]): string {
  return among.map(({ name }) => name).join(', ');
}

function writeResults(
  results: readonly EngineResult[],
  peer: Peer | null,
  { json = false, threads }: Pick<EngineFlags, 'json' | 'threads'>,
  data?: string,
): void {
  if (results.some(({ peer_ms }) => peer_ms === null)) process.exitCode = exitWithoutPeer;
  const torch = peer?.versions.split(', ').find((version) => version.startsWith('torch')) ?? null;
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.version };
  process.stdout.write(
    json
      ? `${JSON.stringify({ results, peer: torch, machine, threads, ...(data !== undefined && { data }) })}\n`
      : `${engineTable(results, torch)}${data === undefined ? '' : `${data}\n`}`,
  );
}

interface LearnFlags {
  readonly json?: boolean;
  readonly rounds: number;
  readonly threads: number;
  readonly rows: number;
  readonly columns: number;
  readonly only?: string[];
  readonly python: string;
}

async function runLearn({ json, rounds, threads, rows, columns, only, python }: LearnFlags): Promise<void> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  const peer = await learnPeerVersion(python);
  if (peer === null) {
    report(`no peer: ${python} has no scikit-learn; sudo apt-get install python3-sklearn, or --python`);
    process.exitCode = exitWithoutPeer;
  }
  const side = { python: peer === null ? null : python, threads, rounds, rows, columns, only, report };
  const results = await benchLearn(side);
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.version };
  process.stdout.write(
    json ? `${JSON.stringify({ results, peer, machine, threads })}\n` : learnTable(results, peer),
  );
}

interface DifferenceFlags {
  readonly json?: boolean;
  readonly rounds: number;
  readonly width: number;
  readonly height: number;
}

async function runDifference({ json, ...options }: DifferenceFlags): Promise<void> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  const results = await benchDifference({ ...options, report });
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.version };
  process.stdout.write(json ? `${JSON.stringify({ results, machine })}\n` : differenceTable(results));
}

interface ExposuresFlags extends Omit<ExposuresBenchOptions, 'report'> {
  readonly json?: boolean;
  readonly memory?: readonly number[];
}

async function runExposures({ json, memory, ...options }: ExposuresFlags): Promise<void> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  const release = await benchExposures({ ...options, report });
  const one =
    memory === undefined
      ? []
      : await benchExposureMemory({ ...options, work: join(options.work, 'memory'), report }, memory);
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? '', node: process.version };
  const document = { release, memory: one, machine };
  process.stdout.write(`${JSON.stringify(document, null, json ? undefined : 1)}\n`);
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`'${text}' is not a whole number above 0`);
  return value;
}

function command(what: 'scan' | 'stages', description: string): Command {
  return new Command(what)
    .description(description)
    .exitOverride(leave)
    .option('--json', 'one JSON document on stdout')
    .option('--ccds <n>', 'CCDs of the simulated exposure', whole, what === 'scan' ? 16 : 1)
    .option('--width <px>', 'width of a CCD', whole, 2046)
    .option('--height <px>', 'height of a CCD', whole, 4094)
    .option('--rounds <n>', 'times each side is measured', whole, 3)
    .option('--threads <n>', 'cores each side uses (stages: always one)', whole, 2)
    .option('--peer-processes <n>', 'run the peer in so many processes as well (1: do not)', whole, 2)
    .option('--data <dir>', 'where simulated exposures are kept', defaultData)
    .option('--model <model>', `bundle folder or name of a shipped model (default: ${defaultModel})`)
    .option('--python <path>', "the peer's Python", '/usr/bin/python3')
    .option('--clean', 'remove the simulated exposure afterwards')
    .action((flags: Flags) => run(what, flags));
}

/** Help is no mistake; anything else commander ends with is. */
function leave({ exitCode }: CommanderError): never {
  process.exit(exitCode === 0 ? 0 : 2);
}

const program = new Command('npm run bench --')
  .exitOverride(leave)
  .description(
    'Blemish against astropy, sep, PyTorch and scikit-learn: the same steps on the same data, in turns.',
  )
  .addCommand(command('scan', 'the whole command on a RICE-compressed exposure, then stage by stage'))
  .addCommand(command('stages', 'each stage on one CCD and one thread'))
  .addCommand(
    new Command('engine')
      .description(
        "training steps and inference of the papers' networks and the shipped model, against PyTorch",
      )
      .exitOverride(leave)
      .option('--json', 'one JSON document on stdout')
      .option('--rounds <n>', 'blocks of each side', whole, 6)
      .option('--threads <n>', 'threads of each side', whole, 2)
      .option('--only <names...>', `of ${namesOf(works)}`)
      .option('--batch <n>', 'another batch size', whole)
      .option('--dim <n>', 'another width of the vision transformer', whole)
      .option('--model <model>', `bundle folder or name of a shipped model (default: ${defaultModel})`)
      .option('--python <path>', "the peer's Python", '/usr/bin/python3')
      .action(runEngine),
  )
  .addCommand(
    new Command('sequences')
      .description(
        'training and answers of the networks over frames, on real batches of ztf-sequences, against PyTorch',
      )
      .exitOverride(leave)
      .option('--json', 'one JSON document on stdout')
      .option('--rounds <n>', 'blocks of each side', whole, 6)
      .option('--threads <n>', 'threads of each side', whole, 2)
      .option('--only <names...>', `of ${namesOf(sequenceWorks)}`)
      .option('--data <dir>', 'folder that holds ztf-sequences (else BLEMISH_DATA)', sequencesData)
      .option('--python <path>', "the peer's Python", '/usr/bin/python3')
      .action(runSequences),
  )
  .addCommand(
    new Command('stamps')
      .description("ZTF's published network on real stamps, and alerts from Avro to score, against PyTorch")
      .exitOverride(leave)
      .option('--json', 'one JSON document on stdout')
      .option('--rounds <n>', 'blocks of each side', whole, 6)
      .option('--threads <n>', 'threads of each side', whole, 2)
      .option('--only <names...>', `of ${namesOf(stampWorks)}`)
      .option('--data <dir>', 'folder that holds ztf-alerts (else BLEMISH_DATA)', sequencesData)
      .option('--python <path>', "the peer's Python", '/usr/bin/python3')
      .action(runStampBench),
  )
  .addCommand(
    new Command('learn')
      .description(
        'fitting and predicting of the classical learners on a table of numbers, against scikit-learn',
      )
      .exitOverride(leave)
      .option('--json', 'one JSON document on stdout')
      .option('--rounds <n>', 'blocks of each side', whole, 3)
      .option('--threads <n>', 'threads of each side', whole, 2)
      .option('--rows <n>', 'rows to fit, and as many to predict', whole, 30_000)
      .option('--columns <n>', 'columns of the table', whole, 40)
      .option('--only <names...>', `of ${learnWorks.map(({ name }) => name).join(', ')}`)
      .option('--python <path>', "the peer's Python", '/usr/bin/python3')
      .action(runLearn),
  )
  .addCommand(
    new Command('difference')
      .description('a science image less its reference, both methods, seconds a megapixel; no peer')
      .exitOverride(leave)
      .option('--json', 'one JSON document on stdout')
      .option('--rounds <n>', 'times each method is run', whole, 3)
      .option('--width <px>', 'width of the images', whole, 2046)
      .option('--height <px>', 'height of the images', whole, 4094)
      .action(runDifference),
  )
  .addCommand(
    new Command('exposures')
      .description(
        'a release in small: exposures simulated in chunks, scanned, killed and resumed, joined; then the memory of one scan; no peer',
      )
      .exitOverride(leave)
      .requiredOption('--model <model>', 'bundle folder or name of a shipped model')
      .option('--json', 'one JSON document on stdout')
      .option('--exposures <n>', 'how many', whole, 1000)
      .option('--full <n>', 'exposures of full-size CCDs beside them; 0: none', Number, 3)
      .option('--ccds <n>', 'CCDs of an exposure', whole, 4)
      .option('--size <px>', 'side of a CCD', whole, 512)
      .option('--chunk <n>', 'exposures on disk at once', whole, 100)
      .option('--kills <n>', 'times the scan of a chunk is killed, at most', whole, 3)
      .option('--threads <n>', 'threads of a scan', whole, 2)
      .option('--seed <n>', 'first seed of the exposures', whole, 810_001)
      .option(
        '--memory <n...>',
        'exposures in one scan for measuring memory',
        (text: string, all: number[] = []) => [...all, whole(text)],
      )
      .option('--work <dir>', 'folder to work in; emptied', join(tmpdir(), 'blemish-exposures'))
      .action(runExposures),
  )
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 2 wrong usage or model, 3 done without the peer (it is not installed).',
  );

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof SurveyError || error instanceof RangeError ? 2 : 1;
}
