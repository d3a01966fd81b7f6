import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { SurveyError, fetchCutouts } from '@blemish/survey';
import { choice, exitCodes, parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { PhaseClock, ProgressLine } from '../terminal.ts';

interface FetchFlags extends CommonOptions {
  readonly service: string;
  readonly out: string;
  readonly format: 'fits' | 'jpg';
  readonly layer: string;
  readonly bands: string;
  readonly size: number;
  readonly pixelScale: number;
  readonly unitPixel: number;
  readonly rate: number;
  readonly connections: number;
  readonly retries: number;
  readonly wait: number;
  readonly timeout: number;
  readonly force?: boolean;
  readonly resume?: boolean;
}

export function addFetch(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const group = program.command('fetch').description('Data from services on the network.');
  const command = group
    .command('cutouts')
    .description(
      'Fetch cut-outs of a list of positions from a service like that of the Legacy Survey viewer, as a stamp set. What came is kept in OUT/cache and not asked for again.',
    )
    .argument('<list>', 'table with the columns ra and dec in degrees; label and group are handed on')
    .requiredOption('--out <dir>', 'folder to write')
    .option('--service <url>', 'address before /cutout.fits', 'https://www.legacysurvey.org/viewer')
    .addOption(
      choice('--format <name>', 'fits: fluxes of each band; jpg: pictures in the colours of the viewer', [
        'fits',
        'jpg',
      ]).default('fits'),
    )
    .option('--layer <name>', "the service's layer", 'ls-dr10')
    .option('--bands <letters>', 'bands, one letter each', parseBands, 'grz')
    .option('--size <px>', 'width and height', parseInteger(8, 3000), 64)
    .option('--pixel-scale <arcsec>', 'side of a pixel', parsePositive, 0.524)
    .option(
      '--unit-pixel <arcsec>',
      'pixels whose flux the FITS files state whatever --pixel-scale is; fluxes become those of the pixels of the cut-out',
      parsePositive,
      0.262,
    )
    .option('--rate <n>', 'requests a second at most', parsePositive, 4)
    .option('--connections <n>', 'requests at a time', parseInteger(1, 64), 4)
    .option('--retries <n>', 'more tries after a failure that may pass', parseInteger(0, 100), 5)
    .option('--wait <s>', 'wait before the first of them, doubling from try to try', parsePositive, 1)
    .option('--timeout <s>', 'longest wait for an answer', parsePositive, 60)
    .option('--resume', 'go on: add to the set what is missing, from the cache or the service')
    .option('--force', 'fetch everything anew');
  command.action(async (list: string, flags: FetchFlags) => {
    if (flags.force && flags.resume)
      throw new SurveyError('OPTION_INVALID', '--force and --resume exclude each other: give one');
    const progress = new ProgressLine(terminal);
    const clock = new PhaseClock();
    try {
      const { service, out, format, layer, bands, size, rate, connections } = flags;
      const summary = await fetchCutouts({
        ...{ list, service, out, format, layer, bands, size, rate, connections },
        pixelScaleArcsec: flags.pixelScale,
        unitPixelArcsec: flags.unitPixel,
        policy: {
          ...{ retries: flags.retries, firstWait: flags.wait, longestWait: 300, timeout: flags.timeout },
          signal: context.signal,
        },
        existing: flags.force ? 'replace' : flags.resume ? 'keep' : 'refuse',
        onFailure: ({ error }) => progress.note(error),
        onProgress: (done, count) =>
          progress.update(`fetched ${done} of ${count}`, done / count, clock.secondsLeft(done, count)),
      });
      progress.done();
      const { stamps, fetched, cached, failed, interrupted } = summary;
      if (interrupted) context.exitCode = exitCodes.interrupted;
      else if (stamps === 0) context.exitCode = exitCodes.nothingDone;
      else if (failed.length > 0) context.exitCode = exitCodes.someFailed;
      if (flags.json) terminal.out(`${JSON.stringify(summary)}\n`);
      else {
        const missing = failed.length > 0 ? `, ${failed.length} failed (${out}/failures.csv)` : '';
        terminal.out(`${stamps} cut-outs (${fetched} fetched, ${cached} from the cache)${missing}: ${out}\n`);
      }
      if (interrupted) terminal.err('interrupted: run again with --resume to go on\n');
    } finally {
      progress.done();
    }
  });
  withCommonOptions(command, [
    'blemish fetch cutouts galaxies.csv --out galaxies',
    'blemish fetch cutouts galaxies.csv --format jpg --layer des-dr1 --rate 1 --out pictures',
    'blemish fetch cutouts galaxies.csv --service http://localhost:8000 --resume --out galaxies',
  ]);
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < Infinity))
    throw new InvalidArgumentError('It must be a positive number.');
  return value;
}

function parseBands(text: string): string {
  if (!/^[A-Za-z]+$/.test(text)) throw new InvalidArgumentError('It must be letters, such as grz.');
  return text;
}
