import type { Command } from 'commander';
import { simulatedClasses } from '@blemish/sky';
import { SurveyError } from '@blemish/survey';
import { exitCodes, parseInteger, parseNumber, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { simulateExposures } from '../simulate/simulate-exposures.ts';
import { ProgressLine, duration } from '../terminal.ts';

interface SimulateFlags extends CommonOptions {
  readonly n: number;
  readonly out: string;
  readonly ccds: number;
  readonly width?: number;
  readonly height?: number;
  readonly artifacts: string;
  readonly band?: 'g' | 'r' | 'i' | 'z' | 'Y';
  readonly cleanFraction?: number;
  readonly threads?: number;
  readonly force?: boolean;
  readonly resume?: boolean;
}

/** Neither a seed that shipped models learned from nor one kept for tests: what is made can be looked at and scanned freely. */
const defaultSeed = 700_000;

export function addSimulate(program: Command, context: CommandContext): void {
  const group = program.command('simulate').description('Seeded simulated data with pixel truth.');
  const exposures = group
    .command('exposures')
    .description(
      'DECam-like exposures: one multi-extension FITS file each, its ood mask beside it, truth under truth/, and manifest.csv. Exposure i has the seed S + i; seeds from 900000 are for tests alone.',
    )
    .requiredOption('--n <n>', 'how many exposures', parseInteger(1, 1_000_000))
    .requiredOption('--out <dir>', 'folder to write')
    .option('--ccds <n>', 'neighbouring CCDs of an exposure', parseInteger(1, 61), 4)
    .option('--width <px>', 'width of a CCD (default 2046)', parseInteger(64, 8192))
    .option('--height <px>', 'height of a CCD (default 4094)', parseInteger(64, 8192))
    .option(
      '--artifacts <classes>',
      `random, none, or classes with commas: ${simulatedClasses.join(', ')}`,
      'random',
    )
    .option('--band <band>', 'g, r, i, z or Y (default: drawn)')
    .option('--clean-fraction <f>', 'share of CCDs without an artifact, with --artifacts random', parseNumber)
    .option('--threads <n>', 'worker threads (default: one a core)', parseInteger(1, 1024))
    .option('--force', 'replace exposures that are there')
    .option('--resume', 'leave exposures that are there and make the missing ones')
    .action(async (flags: SimulateFlags) => {
      if (flags.force && flags.resume) {
        throw new SurveyError('OPTION_INVALID', '--force and --resume exclude each other: give one');
      }
      const progress = new ProgressLine(context.terminal);
      const started = performance.now();
      try {
        const result = await simulateExposures({
          n: flags.n,
          seed: flags.seed ?? defaultSeed,
          out: flags.out,
          threads: flags.threads,
          existing: flags.force ? 'replace' : flags.resume ? 'keep' : 'refuse',
          exposure: {
            ccds: flags.ccds,
            width: flags.width,
            height: flags.height,
            band: flags.band,
            cleanFraction: flags.cleanFraction,
            artifacts: parseArtifacts(flags.artifacts),
          },
          signal: context.signal,
          onProgress: (done) => {
            const seconds = (performance.now() - started) / 1000;
            const left = done === 0 ? null : (seconds / done) * (flags.n - done);
            progress.update(`simulated ${done} of ${flags.n} exposures`, done / flags.n, left);
          },
        });
        progress.done();
        const seconds = (performance.now() - started) / 1000;
        if (result.interrupted) context.exitCode = exitCodes.interrupted;
        if (flags.json) {
          const { made, kept, ccds } = result;
          context.terminal.out(`${JSON.stringify({ made, kept, ccds, seconds, out: flags.out })}\n`);
        } else {
          context.terminal.out(
            `${result.made} exposures (${result.ccds} CCDs) in ${duration(seconds)}: ${flags.out}\n`,
          );
        }
        if (result.interrupted) context.terminal.err('interrupted: run again with --resume to go on\n');
      } finally {
        progress.done();
      }
    });
  withCommonOptions(exposures, [
    'blemish simulate exposures --n 3 --seed 7 --out night',
    "blemish simulate exposures --n 10 --out trails --artifacts 'Satellite,Ghost' --ccds 12",
  ]);
}

function parseArtifacts(text: string): 'random' | 'none' | string[] {
  if (text === 'random' || text === 'none') return text;
  return text.split(',').map((word) => {
    const name = word.trim();
    const known = simulatedClasses.find((known) => known.toLowerCase() === name.toLowerCase());
    if (known) return known;
    throw new SurveyError(
      'OPTION_INVALID',
      `--artifacts has '${name}'; the simulated classes are ${simulatedClasses.join(', ')}`,
    );
  });
}
