import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { defaultCategoryMix, exposureCategories } from '@blemish/sky';
import type { CategoryMix, ExposureCategory } from '@blemish/sky';
import { SurveyError } from '@blemish/survey';
import { parseInteger, splitList, withCommonOptions } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { simulate, withRunOptions } from '../simulate/run-command.ts';
import type { SimulateFlags } from '../simulate/run-command.ts';
import { simulateBadExposureViews, simulateBadExposures } from '../simulate/simulate-bad-exposures.ts';
import { parseShare, parseViews, withViewOptions } from '../views.ts';
import type { ViewFlags } from '../views.ts';

interface BadExposureFlags extends SimulateFlags, ViewFlags {
  readonly ccds: number;
  readonly width: number;
  readonly height: number;
  readonly band?: 'g' | 'r' | 'i' | 'z' | 'Y';
  readonly categories?: CategoryMix;
  readonly several: number;
  readonly labelled: number;
  readonly views?: boolean;
}

export function addBadExposures(group: Command, context: CommandContext): void {
  const command = group
    .command('bad-exposures')
    .description(
      'DECam-like exposures that are good or bad as a whole, in one or two of eleven ways: FITS files with their ood masks, and manifest.csv with the reasons. With --views a set of exposures without FITS: stamps.npy and stamps.csv, one row a CCD. Exposure i has the seed S + i; seeds from 900000 are for tests alone.',
    )
    .requiredOption('--n <n>', 'how many exposures', parseInteger(1, 1_000_000))
    .option('--ccds <n>', 'neighbouring CCDs of an exposure', parseInteger(1, 61), 4)
    .option('--width <px>', 'width of a CCD', parseInteger(64, 8192), 2046)
    .option('--height <px>', 'height of a CCD', parseInteger(64, 8192), 4094)
    .addOption(new Option('--band <band>', 'default: drawn').choices(['g', 'r', 'i', 'z', 'Y']))
    .option(
      '--categories <list>',
      `these alone, with commas, each with its share if not all have the same (default: ${exposureCategories
        .map((name) => `${name}=${defaultCategoryMix[name]}`)
        .join(',')})`,
      parseCategoryMix,
    )
    .option('--several <share>', 'share of bad exposures with a second category', parseShare, 0.15)
    .option(
      '--labelled <share>',
      'share of exposures whose reasons are told; those of the others stand in the column truth alone',
      parseShare,
      1,
    )
    .option('--views', 'a set of views for models of exposures, without FITS files');
  withViewOptions(command);
  withRunOptions(command, 'exposures').action((flags: BadExposureFlags) =>
    simulate(flags, context, 'exposures', async (shared) => {
      const { ccds, width, height, band, categories, several, labelled } = flags;
      const views = parseViews(flags);
      if (flags.views !== true && (flags.size ?? flags.crops ?? flags.scaling) !== undefined)
        throw new SurveyError(
          'OPTION_INVALID',
          '--size, --crops and --scaling are of views: give --views, too',
        );
      const exposure = {
        ...{ ccds, width, height, several, mix: categories ?? defaultCategoryMix },
        ...(band === undefined ? {} : { band }),
      };
      const options = { ...shared, exposure, labelled };
      const result = flags.views
        ? await simulateBadExposureViews({ ...options, views })
        : await simulateBadExposures(options);
      const { interrupted, ...counts } = result;
      return { interrupted, counts, text: `${counts.made} exposures (${counts.ccds} CCDs)` };
    }),
  );
  withCommonOptions(command, [
    'blemish simulate bad-exposures --n 20 --seed 7 --out night',
    'blemish simulate bad-exposures --n 3000 --width 512 --height 512 --views --labelled 0.2 --out set',
    "blemish simulate bad-exposures --n 100 --categories 'Good=3,PSF,Noise' --views --out three",
  ]);
}

/** `Good=3,PSF,Noise` */
function parseCategoryMix(text: string): CategoryMix {
  const mix: Partial<Record<ExposureCategory, number>> = {};
  for (const entry of splitList(text)) {
    const [name, share = '1'] = entry.split('=').map((part) => part.trim());
    const known = exposureCategories.find((known) => known.toLowerCase() === name.toLowerCase());
    const value = Number(share);
    if (known === undefined || share === '' || !(value > 0 && value <= 1e6))
      throw new InvalidArgumentError(
        `'${entry}' must be one of ${exposureCategories.join(', ')}, and may have = and a share above 0 behind it.`,
      );
    mix[known] = value;
  }
  return mix;
}
