import type { Command } from 'commander';
import { carriedColumns, measureFeatures } from '@blemish/survey';
import { exitCodes, parseInteger, parseNumber, splitList, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { PhaseClock, ProgressLine } from '../terminal.ts';

interface FeaturesFlags extends CommonOptions {
  readonly out: string;
  readonly bands?: readonly string[];
  readonly carry?: readonly string[];
  readonly pixelScale?: number;
  readonly fwhm?: number;
  readonly zeroPoint?: number;
  readonly aperture?: number;
  readonly threads?: number;
}

export function addFeatures(program: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = program
    .command('features')
    .description(
      'Measure the source in the middle of each cut-out of a stamp set: magnitudes, sizes, shapes, surface brightnesses, a Sérsic profile. One row a cut-out, in order.',
    )
    .argument(
      '<set>',
      'folder with stamps.npy (and stamps.csv), or an array [N, height, width, bands]: of 8 bits, pictures of the Legacy viewer; else fluxes',
    )
    .requiredOption('--out <file>', 'table to write: .csv, .parquet, .ecsv or .xml')
    .option('--bands <names>', 'names of the channels of fluxes, with commas (default: g,r,z)', splitList)
    .option(
      '--carry <columns>',
      `columns of stamps.csv to hand on (default: those it has of ${carriedColumns.join(', ')})`,
      splitList,
    )
    .option(
      '--pixel-scale <arcsec>',
      'side of a pixel (default: column pixel_scale_arcsec of stamps.csv, else 0.262)',
      parseNumber,
    )
    .option('--fwhm <arcsec>', 'seeing (default: column fwhm_arcsec of stamps.csv, else 1)', parseNumber)
    .option('--zero-point <mag>', 'magnitude of one unit of flux (default: 22.5, nanomaggies)', parseNumber)
    .option('--aperture <arcsec>', 'diameter of the circle of mag_aper (default: 3)', parseNumber)
    .option('--threads <n>', 'worker threads (default: one a core)', parseInteger(1, 1024))
    .action(async (set: string, flags: FeaturesFlags) => {
      const progress = new ProgressLine(terminal);
      const clock = new PhaseClock();
      try {
        const summary = await measureFeatures({
          set,
          out: flags.out,
          bands: flags.bands,
          carry: flags.carry,
          pixelScaleArcsec: flags.pixelScale,
          fwhmArcsec: flags.fwhm,
          zeroPoint: flags.zeroPoint,
          apertureArcsec: flags.aperture,
          threads: flags.threads,
          signal: context.signal,
          onProgress: (done, count) =>
            progress.update(`measured ${done} of ${count}`, done / count, clock.secondsLeft(done, count)),
        });
        progress.done();
        const { stamps, unmeasured, incomplete, interrupted, out } = summary;
        if (interrupted) context.exitCode = exitCodes.interrupted;
        const parts = [`${stamps} cut-outs`];
        if (unmeasured > 0) parts.push(`${unmeasured} without a source that can be measured`);
        if (incomplete > 0) parts.push(`${incomplete} with some figures missing`);
        if (flags.json) terminal.out(`${JSON.stringify(summary)}\n`);
        else
          terminal.out(interrupted ? 'interrupted: no table was written\n' : `${parts.join(', ')}: ${out}\n`);
      } finally {
        progress.done();
      }
    });
  withCommonOptions(command, [
    'blemish features des --out des/features.csv',
    'blemish features cutouts.npy --pixel-scale 0.168 --fwhm 0.7 --out features.parquet',
  ]);
}
