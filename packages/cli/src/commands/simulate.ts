import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import {
  cutoutClasses,
  cutoutSurveyNames,
  defaultStampMix,
  pipelines,
  sequenceTags,
  simulatedClasses,
  stampClasses,
  stampsOfPatch,
} from '@blemish/sky';
import type { CutoutClass, CutoutSurveyName, Pipeline, StampClass, StampMix } from '@blemish/sky';
import { SurveyError, defaultLabelNoise, labelSimulated, writeLabels } from '@blemish/survey';
import type { LabelNoise } from '@blemish/survey';
import { parseInteger, parseNumber, splitList, withCommonOptions } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { cutoutFormats, simulateCutouts } from '../simulate/simulate-cutouts.ts';
import type { CutoutFormat } from '../simulate/simulate-cutouts.ts';
import { simulateExposures } from '../simulate/simulate-exposures.ts';
import { simulate, withRunOptions } from '../simulate/run-command.ts';
import type { SimulateFlags } from '../simulate/run-command.ts';
import { addPair } from './simulate-pair.ts';
import { addBadExposures } from './simulate-bad-exposures.ts';
import { simulateStamps } from '../simulate/simulate-stamps.ts';
import { simulateSequences } from '../simulate/simulate-sequences.ts';

interface ArtifactFlags extends SimulateFlags {
  readonly artifacts: string;
  readonly cleanFraction?: number;
}

interface ExposureFlags extends ArtifactFlags {
  readonly ccds: number;
  readonly width?: number;
  readonly height?: number;
  readonly band?: 'g' | 'r' | 'i' | 'z' | 'Y';
  readonly pipeline: Pipeline;
  readonly labels?: boolean;
  readonly labelNoise?: LabelNoise;
}

interface SequenceFlags extends ArtifactFlags {
  readonly frames: number;
}

interface CutoutFlags extends Omit<SimulateFlags, 'artifacts' | 'cleanFraction'> {
  readonly survey: CutoutSurveyName;
  readonly format: CutoutFormat;
  readonly classes: readonly CutoutClass[];
  readonly size: number;
}

interface StampFlags extends SimulateFlags {
  readonly size: number;
  readonly classes?: StampMix;
}

export function addSimulate(program: Command, context: CommandContext): void {
  const group = program.command('simulate').description('Seeded simulated data with truth.');
  addExposures(group, context);
  addBadExposures(group, context);
  addSequences(group, context);
  addCutouts(group, context);
  addPair(group, context);
  addStamps(group, context);
}

function addExposures(group: Command, context: CommandContext): void {
  const command = group
    .command('exposures')
    .description(
      'DECam-like exposures: one multi-extension FITS file each, its ood mask beside it, truth under truth/, and manifest.csv. Exposure i has the seed S + i; seeds from 900000 are for tests alone.',
    )
    .requiredOption('--n <n>', 'how many exposures', parseInteger(1, 1_000_000))
    .option('--ccds <n>', 'neighbouring CCDs of an exposure', parseInteger(1, 61), 4)
    .option('--width <px>', 'width of a CCD (default 2046)', parseInteger(64, 8192))
    .option('--height <px>', 'height of a CCD (default 4094)', parseInteger(64, 8192))
    .addOption(
      new Option('--pipeline <name>', "masks with DESDM's bits or the Community Pipeline's codes")
        .choices(pipelines)
        .default('desdm'),
    )
    .option('--band <band>', 'g, r, i, z or Y (default: drawn)')
    .option(
      '--labels',
      'also truth/point-labels.csv: what a person with the Exposure Checker would report, one pixel an artifact, some missed, some wrong',
    )
    .option(
      '--label-noise <settings>',
      `how they err, with commas (default: ${Object.entries(defaultLabelNoise)
        .map(([name, value]) => `${name}=${value}`)
        .join(',')})`,
      parseLabelNoise,
    );
  withSimulationOptions(command, simulatedClasses, 'classes', 'CCDs', 'exposures').action(
    (flags: ExposureFlags) =>
      simulate(flags, context, 'exposures', async (shared) => {
        const { ccds, width, height, band, pipeline, cleanFraction } = flags;
        if (flags.labelNoise !== undefined && flags.labels !== true)
          throw new SurveyError('OPTION_INVALID', '--label-noise is for labels: give --labels, too');
        const artifacts = parseArtifacts(flags.artifacts, simulatedClasses, 'simulated classes');
        const result = await simulateExposures({
          ...shared,
          exposure: { ccds, width, height, band, pipeline, cleanFraction, artifacts },
        });
        const { made, kept, interrupted } = result;
        if (flags.labels === true && !interrupted) await writePointLabels(flags);
        return {
          interrupted,
          counts: { made, kept, ccds: result.ccds },
          text: `${made} exposures (${result.ccds} CCDs)`,
        };
      }),
  );
  withCommonOptions(command, [
    'blemish simulate exposures --n 3 --seed 7 --out night',
    "blemish simulate exposures --n 10 --out trails --artifacts 'Satellite,Ghost' --ccds 12",
    'blemish simulate exposures --n 3 --out labelled --labels --label-noise completeness=0.8,wrongClass=0.1',
  ]);
}

/** Labels of all exposures of the folder, those kept from before included. */
async function writePointLabels({ out, labelNoise }: ExposureFlags): Promise<void> {
  const labels = await labelSimulated(out, { noise: labelNoise });
  await writeLabels(labels, join(out, 'truth', 'point-labels.csv'), { format: 'checker-csv', force: true });
}

/** Those of the settings that are shares. */
const labelShares: readonly (keyof LabelNoise)[] = ['completeness', 'wrongClass', 'wrongPlace', 'spurious'];

/** `completeness=0.8,wrongClass=0.1` */
function parseLabelNoise(text: string): LabelNoise {
  const noise: Record<string, number> = { ...defaultLabelNoise };
  for (const setting of splitList(text)) {
    const [name, value = ''] = setting.split('=');
    const number = Number(value);
    const most = labelShares.some((share) => share === name) ? 1 : Number.MAX_VALUE;
    if (!Object.hasOwn(noise, name) || value.trim() === '' || !(number >= 0 && number <= most))
      throw new InvalidArgumentError(
        `'${setting}' must be one of ${Object.keys(noise).join(', ')}, an equals sign and a number from 0, to 1 for ${labelShares.join(', ')}.`,
      );
    noise[name] = number;
  }
  return { ...defaultLabelNoise, ...noise };
}

function addSequences(group: Command, context: CommandContext): void {
  const command = group
    .command('sequences')
    .description(
      'ZTF-like sequences: all 28 × 28 cut-outs of one object each under frames/<oid>/, labels.csv with a verdict for each object, frames.csv with the truth of each frame. Object i has the seed S + i; seeds from 900000 are for tests alone.',
    )
    .requiredOption('--n <n>', 'how many objects', parseInteger(1, 100_000))
    .option('--frames <median>', 'median number of frames of an object', parseInteger(1, 2000), 100);
  withSimulationOptions(command, sequenceTags, 'tags', 'objects', 'objects').action((flags: SequenceFlags) =>
    simulate(flags, context, 'objects', async (shared) => {
      const { frames, cleanFraction } = flags;
      const artifacts = parseArtifacts(flags.artifacts, sequenceTags, 'tags');
      const sequence = { frames, artifacts, ...(cleanFraction !== undefined && { cleanFraction }) };
      const { interrupted, ...counts } = await simulateSequences({ ...shared, sequence });
      const { made, artifacts: spoilt, frames: all, badFrames } = counts;
      return {
        ...{ interrupted, counts },
        text: `${made} objects (${spoilt} of them artifacts; ${all} frames, ${badFrames} bad)`,
      };
    }),
  );
  withCommonOptions(command, [
    'blemish simulate sequences --n 20 --seed 7 --out objects',
    'blemish simulate sequences --n 50 --frames 200 --artifacts ghost,track --out spoilt',
  ]);
}

function addCutouts(group: Command, context: CommandContext): void {
  const command = group
    .command('cutouts')
    .description(
      'Colour cut-outs of low-surface-brightness galaxies and what is taken for them: stamps.npy, stamps.csv, and truth.npy with the pixels of the object. Cut-out i has the seed S + i; seeds from 900000 are for tests alone. The group is a block of sky.',
    )
    .requiredOption('--n <n>', 'how many cut-outs', parseInteger(1, 10_000_000))
    .addOption(
      new Option('--survey <name>', 'whose depth, seeing and pixels')
        .choices(cutoutSurveyNames)
        .default('des'),
    )
    .addOption(
      new Option(
        '--format <name>',
        'viewer: 8-bit colours of the Legacy viewer; linear: nanomaggies in g, r, z',
      )
        .choices(cutoutFormats)
        .default('viewer'),
    )
    .option('--size <px>', 'width and height', parseInteger(16, 512), 64)
    .option(
      '--classes <classes>',
      `classes, equally often: ${cutoutClasses.join(', ')}`,
      parseCutoutClasses,
      ['lsbg', 'artifact-2'],
    );
  withRunOptions(command, 'cut-outs').action((flags: CutoutFlags) =>
    simulate(flags, context, 'cut-outs', async (shared) => {
      const { survey, size, classes, format } = flags;
      const { interrupted, ...counts } = await simulateCutouts({
        ...shared,
        format,
        cutout: { survey, size, classes },
      });
      return { interrupted, counts, text: `${counts.made} cut-outs` };
    }),
  );
  withCommonOptions(command, [
    'blemish simulate cutouts --n 40000 --seed 7 --survey des --out des',
    'blemish simulate cutouts --n 1000 --survey hsc --classes lsbg,artifact-1,artifact-2 --out hsc',
    'blemish simulate cutouts --n 500 --format linear --classes lsbg,cirrus --out fluxes',
  ]);
}

function parseCutoutClasses(text: string): CutoutClass[] {
  return splitList(text).map((word) => {
    const known = cutoutClasses.find((name) => name === word);
    if (known === undefined)
      throw new InvalidArgumentError(`'${word}' is none of ${cutoutClasses.join(', ')}.`);
    return known;
  });
}

function addStamps(group: Command, context: CommandContext): void {
  const command = group
    .command('stamps')
    .description(
      `Stamps of candidates in difference images: stamps.npy [N, size, size, 3] (science, reference, difference), truth.npy, stamps.csv. Each patch of sky gives ${stampsOfPatch} of them; patch p has the seed S + p; seeds from 900000 are for tests alone.`,
    )
    .requiredOption('--n <n>', 'how many stamps', parseInteger(1, 10_000_000))
    .option('--size <px>', 'side of a stamp, an odd number', parseInteger(21, 127), 63)
    .option(
      '--classes <list>',
      `these classes alone, with commas, each with its share if not all have the same (default: ${stampClasses
        .map((name) => `${name}=${defaultStampMix[name]}`)
        .join(',')})`,
      parseStampMix,
    );
  withRunOptions(command, 'stamps').action((flags: StampFlags) =>
    simulate(flags, context, 'stamps', async (shared) => {
      if (flags.size % 2 === 0)
        throw new SurveyError(
          'OPTION_INVALID',
          `--size ${flags.size} has no middle pixel; give an odd number`,
        );
      const result = await simulateStamps({ ...shared, size: flags.size, mix: flags.classes });
      const { interrupted, ...counts } = result;
      return {
        ...{ interrupted, counts },
        text: `${counts.made} stamps (${counts.real} real; of ${counts.patches} patches)`,
      };
    }),
  );
  withCommonOptions(command, [
    'blemish simulate stamps --n 2000 --seed 7 --out stamps',
    "blemish simulate stamps --n 500 --classes 'dipole,SN gold=3' --out two-classes",
  ]);
}

/** `dipole,SN gold=3` */
function parseStampMix(text: string): StampMix {
  const mix: Partial<Record<StampClass, number>> = {};
  for (const entry of splitList(text)) {
    const [name, share = '1'] = entry.split('=').map((part) => part.trim());
    const known = stampClasses.find((known) => known.toLowerCase() === name.toLowerCase());
    const value = Number(share);
    if (known === undefined || share === '' || !(value > 0 && value <= 1e6))
      throw new InvalidArgumentError(
        `'${entry}' must be one of ${stampClasses.join(', ')}, and may have = and a share above 0 behind it.`,
      );
    mix[known] = value;
  }
  return mix;
}

/** The options of data with artifacts in some. */
function withSimulationOptions(
  command: Command,
  names: readonly string[],
  called: string,
  clean: string,
  units: string,
): Command {
  withRunOptions(command, units)
    .option('--artifacts <classes>', `random, none, or ${called} with commas: ${names.join(', ')}`, 'random')
    .option(
      '--clean-fraction <f>',
      `share of ${clean} without an artifact, with --artifacts random`,
      parseNumber,
    );
  return command;
}

function parseArtifacts<Name extends string>(
  text: string,
  names: readonly Name[],
  called: string,
): 'random' | 'none' | Name[] {
  if (text === 'random' || text === 'none') return text;
  return text.split(',').map((word) => {
    const name = word.trim();
    const known = names.find((known) => known.toLowerCase() === name.toLowerCase());
    if (known) return known;
    throw new SurveyError(
      'OPTION_INVALID',
      `--artifacts has '${name}'; the ${called} are ${names.join(', ')}`,
    );
  });
}
