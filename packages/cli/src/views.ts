import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { viewSettings } from '@blemish/survey';
import type { ViewSettings } from '@blemish/survey';
import { parseInteger } from './context.ts';

/** How the views of a CCD are made. */
export interface ViewFlags {
  readonly size?: number;
  readonly crops?: number;
  readonly scaling?: ViewSettings['scaling'];
}

export function withViewOptions(command: Command): Command {
  return command
    .option('--size <px>', 'side of a view (default 64)', parseInteger(16, 1024))
    .option('--crops <n>', 'crops at full resolution beside the whole CCD (default 3)', parseInteger(0, 15))
    .addOption(
      new Option(
        '--scaling <name>',
        'grey levels from the sky’s median and rms, or from the ADU themselves (default rms)',
      ).choices(['rms', 'raw']),
    );
}

export function parseViews({ size, crops, scaling }: ViewFlags): ViewSettings {
  return viewSettings.parse({ size, crops, scaling });
}

/** A share, 0 to 1. */
export function parseShare(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}
