import type { Command } from 'commander';
import { explain, explainMethods, occlusionFills, randomiseParts } from '@blemish/survey';
import type { ExplainMethod, ExplainSummary, RandomisePart, TruthFigures } from '@blemish/survey';
import { choice, parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { withStampOptions, withStampRun } from '../stamps.ts';
import type { StampFlags } from '../stamps.ts';
import { figureText } from '../terminal.ts';

interface ExplainFlags extends StampFlags {
  readonly out: string;
  readonly method?: ExplainMethod;
  readonly class?: string;
  readonly layer?: string;
  readonly patch?: number;
  readonly stride?: number;
  readonly fill?: (typeof occlusionFills)[number];
  readonly limit?: number;
  readonly againstTruth?: boolean;
  readonly randomise?: RandomisePart;
  readonly reference?: string;
  readonly label?: string;
  readonly k?: number;
  readonly force?: boolean;
}

export function addExplain(program: Command, context: CommandContext): void {
  const command = program
    .command('explain')
    .description(
      'Show where in a stamp or on a CCD the answer of a network comes from: pictures with heat, arrays, a table, a page.',
    )
    .argument('<model>', 'bundle folder, run, or name of a shipped model for stamps or CCDs')
    .argument(
      '<input...>',
      'set of stamps (folder with stamps.npy), stack of stamps (.npy, .npz, file.npz[name]), FITS stamp (file.fits[1]), folder of FITS stamps, or list file (@list); for a model of CCDs FITS files and folders',
    )
    .requiredOption('--out <folder>', 'folder to write')
    .addOption(choice('--method <name>', 'way of explaining (default: gradcam)', explainMethods))
    .option('--class <name>', 'class to explain (default: the one the network decides for)')
    .option('--layer <name>', 'convolution whose map is looked at (default: the last)')
    .option(
      '--patch <pixels>',
      'occlusion: side of the patch (default: an eighth of the stamp)',
      parseInteger(1, 10_000),
    )
    .option(
      '--stride <pixels>',
      'occlusion: from one patch to the next (default: half a patch)',
      parseInteger(1, 10_000),
    )
    .addOption(
      choice('--fill <name>', 'occlusion: what the patch is filled with (default: median)', occlusionFills),
    )
    .option('--limit <n>', 'stamps explained at most (default: 200)', parseInteger(1, 1_000_000))
    .option('--against-truth', "measure how much of the heat lies in the set's truth.npy")
    .addOption(
      choice('--randomise <part>', 'sanity check: draw the weights of this part anew first', randomiseParts),
    )
    .option('--reference <folder>', 'neighbours: set of labelled stamps')
    .option('--label <column>', 'column of the labels in stamps.csv (default: label)')
    .option('--k <n>', 'neighbours of each stamp (default: 5)', parseInteger(1, 1000))
    .option('--force', 'replace an explanation that is there');
  withStampOptions(command).action(async (model: string, inputs: string[], flags: ExplainFlags) => {
    const { interrupted, ...summary } = await withStampRun(context, inputs, flags, (options) =>
      explain({ ...flags, ...options, model, className: flags.class, command: context.commandLine }),
    );
    const { terminal } = context;
    if (flags.json) terminal.out(`${JSON.stringify(summary)}\n`);
    else print(context, summary);
    if (interrupted) terminal.err('interrupted: what is there is done\n');
  });
  withCommonOptions(command, [
    'blemish explain models/braai stamps.npy --out explained',
    'blemish explain models/braai stamps.npy --class "not real" --method occlusion --limit 20 --out explained',
    'blemish explain runs/stamps simulated/ --against-truth --out explained',
    'blemish explain models/braai new.npy --method neighbours --reference labelled/ --out explained',
  ]);
}

function print({ terminal }: CommandContext, summary: Omit<ExplainSummary, 'interrupted'>): void {
  const { explained, empty, failed, limited, layer, out, truth } = summary;
  const parts = [`${explained} stamps explained${limited ? ' (the first; more with --limit)' : ''}`];
  if (empty > 0) parts.push(`${empty} without a pixel that has a value`);
  if (failed.length > 0) parts.push(`${failed.length} failed`);
  if (truth !== null) terminal.out(truthLines(truth));
  terminal.err(`${parts.join(', ')}${layer === null ? '' : `; layer ${layer}`}: ${out}/index.html\n`);
}

function truthLines(truth: TruthFigures): string {
  const rows = [
    ['heat inside the truth', truth.inside],
    ["truth's share of the area", truth.area],
    ['heat inside / area', truth.ratio],
    ['  a Gaussian at the centre', truth.centreRatio],
    ["  another stamp's heat", truth.otherRatio],
    ['  weights drawn anew', truth.randomisedRatio],
    ['inside, above the Gaussian', truth.aboveCentre],
    ['inside, above weights drawn anew', truth.aboveRandomised],
  ] as const;
  const lines = rows.map(([name, interval]) => `${name.padEnd(34)}${figureText(interval)}\n`);
  return `${truth.stamps} stamps with truth, 95 % intervals\n${lines.join('')}`;
}
