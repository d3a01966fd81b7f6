import { basename } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { checkerPositions, flips, labelFormats, readLabels, readStars, settleFlip } from '@blemish/survey';
import type { CheckerPositions, Flip, Label, LabelFormat, ReadLabelsOptions } from '@blemish/survey';
import { choice } from '../../context.ts';
import type { Terminal } from '../../terminal.ts';

/** How a command that takes labels is told to read them. */
export interface LabelFlags {
  readonly format?: LabelFormat;
  readonly class?: ReadonlyMap<string, string>;
  readonly flip?: Flip;
  readonly stars?: string;
  readonly positions?: CheckerPositions;
  readonly image?: string;
  readonly attribute?: string;
  readonly defaultClass?: string;
  readonly annotator?: string;
}

/** Adds the options of reading labels of any format. */
export function withLabelOptions(command: Command): Command {
  return withCheckerOptions(
    command.addOption(
      choice('--format <format>', 'format of the labels (default: by their content)', labelFormats),
    ),
  )
    .option(
      '--stars <table>',
      'settle the flip by stars: columns x, y on the rendering, ccd_x, ccd_y in FITS pixels from 0',
    )
    .addOption(
      choice(
        '--positions <unit>',
        'Exposure Checker: positions on its rendering, or 4 times that (default: by the form of the file)',
        checkerPositions,
      ),
    )
    .option(
      '--image <name>',
      'ds9: image that the regions are on (default: what export wrote into the file, else its name)',
    )
    .option('--attribute <name>', 'VIA: attribute that holds the class (default: class, label, Type or type)')
    .option('--default-class <class>', 'VIA and ds9: class of regions that name none')
    .option('--annotator <name>', 'annotator of labels that name none; @file for the name of their file');
}

/** Adds the options that reading and writing files of the Exposure Checker share. */
export function withCheckerOptions(command: Command): Command {
  return command
    .option(
      '--class <name=class>',
      "a name or code of the file and the class it is, as in '999=Other'; may be given several times",
      addClass,
    )
    .addOption(
      choice(
        '--flip <axes>',
        'Exposure Checker: axes of the CCD that run against its rendering (default: none)',
        flips,
      ),
    );
}

function addClass(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const at = text.indexOf('=');
  const [name, className] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at < 0 || name === '' || className === '')
    throw new InvalidArgumentError("It must be a name and a class, as in '999=Other'.");
  return new Map([...before, [name.toLowerCase(), className]]);
}

/** Labels of several files, one after the other; notes go to stderr. */
export async function readLabelFiles(
  paths: readonly string[],
  flags: LabelFlags,
  terminal: Terminal,
): Promise<Label[]> {
  const options = await readOptions(flags, terminal);
  const all: Label[] = [];
  for (const path of paths) {
    const { labels, notes } = await readLabels(path, options);
    for (const note of notes) terminal.err(`note: ${note}\n`);
    const named = flags.annotator === '@file' ? basename(path).replace(/\.[^.]*$/, '') : flags.annotator;
    all.push(
      ...(named === undefined
        ? labels
        : labels.map((label) => (label.annotator === '' ? { ...label, annotator: named } : label))),
    );
  }
  return all;
}

async function readOptions(flags: LabelFlags, terminal: Terminal): Promise<ReadLabelsOptions> {
  const { format, positions, image, attribute, defaultClass } = flags;
  let { flip } = flags;
  if (flags.stars !== undefined) {
    const settled = settleFlip(await readStars(flags.stars));
    terminal.err(
      `note: flip ${settled.flip}: stars lie ${settled.distance.toFixed(0)} px from their places, ${settled.nextDistance.toFixed(0)} px with the next best\n`,
    );
    flip = settled.flip;
  }
  return {
    ...{ format, positions, image, attribute, defaultClass },
    ...(flags.class && { names: flags.class }),
    ...(flip && { flip }),
  };
}
