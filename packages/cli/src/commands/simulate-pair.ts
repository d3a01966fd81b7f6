import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { simulatePair } from '@blemish/sky';
import { SurveyError } from '@blemish/survey';
import { parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { writePair } from '../simulate/write-pair.ts';

interface PairFlags extends CommonOptions {
  readonly out: string;
  readonly width: number;
  readonly height: number;
  readonly transients?: number;
  readonly force?: boolean;
}

/** Neither a seed that shipped models learned from nor one kept for tests. */
const defaultSeed = 700_000;

export function addPair(group: Command, context: CommandContext): void {
  const command = group
    .command('pair')
    .description(
      'A science image and a deeper reference of one field (science_ooi.fits.fz, reference_ooi.fits.fz, masks beside them), shifted, turned and of other seeing, and truth.csv: what changed between them.',
    )
    .requiredOption('--out <dir>', 'folder to write')
    .option('--width <px>', 'width of both', parseInteger(200, 8192), 1024)
    .option('--height <px>', 'height of both', parseInteger(200, 8192), 1024)
    .option('--transients <n>', 'sources that change (default: one a 20,000 px)', parseInteger(0, 100_000))
    .option('--force', 'replace a pair that is there')
    .action(async (flags: PairFlags) => {
      const { out, width, height, transients, seed = defaultSeed } = flags;
      if (flags.force !== true && existsSync(join(out, 'science_ooi.fits.fz')))
        throw new SurveyError('OUTPUT_EXISTS', 'a pair was simulated before', { path: out });
      const pair = simulatePair({ seed, width, height, ...(transients !== undefined && { transients }) });
      await writePair(pair, out);
      const { truth } = pair;
      context.terminal.out(
        flags.json
          ? `${JSON.stringify({ out, width, height, seed, changes: truth.length })}\n`
          : `a pair of ${width} × ${height} px with ${truth.length} changes (simulated): ${out}\n`,
      );
    });
  withCommonOptions(command, ['blemish simulate pair --out pair --seed 7']);
}
