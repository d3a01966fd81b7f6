import type { Command } from 'commander';
import { alignments, convolved, difference, differenceMethods } from '@blemish/survey';
import type { AlignmentKind, Convolved, DifferenceMethod, DifferenceSummary } from '@blemish/survey';
import { choice, parseInteger, parseNumber, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { figureText } from '../terminal.ts';

interface DifferenceFlags extends CommonOptions {
  readonly out: string;
  readonly hdu?: string;
  readonly referenceHdu?: string;
  readonly scienceMask?: string;
  readonly referenceMask?: string;
  readonly gain?: number;
  readonly referenceGain?: number;
  readonly zeroPoint?: number;
  readonly method?: DifferenceMethod;
  readonly align?: AlignmentKind;
  readonly convolve?: Convolved;
  readonly threshold?: number;
  readonly kernelDegree?: number;
  readonly kernelRadius?: number;
  readonly stampSize?: number;
  readonly fakes?: number;
  readonly truth?: string;
  readonly force?: boolean;
}

export function addDifference(program: Command, context: CommandContext): void {
  const command = program
    .command('difference')
    .description(
      'Subtract a reference from a science image and find what is new or gone: the difference with noise and mask, candidates of both signs with their features, and stamps. Masks (ood) and weights (oow, .wht) beside an image are used.',
    )
    .argument('<science>', 'FITS file, or file.fits[3], file.fits[N4] for one HDU of several')
    .argument('<reference>', 'FITS file of the same field, of any shift, turn and flux scale')
    .requiredOption('--out <dir>', 'folder to write')
    .option('--hdu <hdu>', 'HDU of the science image, by number or EXTNAME')
    .option('--reference-hdu <hdu>', "HDU of the reference (default: the one of the science image's name)")
    .option('--science-mask <file>', 'mask of the science image (default: the ood file beside it)')
    .option('--reference-mask <file>', 'mask of the reference')
    .option('--gain <g>', 'electrons a unit of the science image (default: from its header)', parseNumber)
    .option('--reference-gain <g>', 'electrons a unit of the reference', parseNumber)
    .option(
      '--zero-point <mag>',
      'magnitude of flux 1 of the science image (default: from its header)',
      parseNumber,
    )
    .addOption(choice('--method <name>', 'how to subtract', differenceMethods).default('alard-lupton'))
    .addOption(choice('--align <how>', 'by what to align the reference', alignments).default('wcs+stars'))
    .addOption(
      choice('--convolve <which>', 'which image is blurred; auto: the sharper', convolved).default('auto'),
    )
    .option('--threshold <t>', 'least significance of a candidate', parseNumber, 5)
    .option(
      '--kernel-degree <n>',
      'degree by which the kernel varies over the image (default: 1, with fewer than 12 stars 0)',
      parseInteger(0, 3),
    )
    .option('--kernel-radius <px>', 'half the side of the kernel less one', parseInteger(3, 30), 10)
    .option('--stamp-size <px>', 'side of the stamps', parseInteger(5, 501), 63)
    .option(
      '--fakes <n>',
      'also put N point sources into the difference and say how many are found, by magnitude and host, and how many are missed where fewer false detections may pass',
      parseInteger(0, 1_000_000),
    )
    .option(
      '--truth <table>',
      '--fakes: places x and y (pixels from 0) of changes that are known, such as truth.csv of a simulated pair: they are no false detections',
    )
    .option('--force', 'replace a difference that is there')
    .action(async (science: string, reference: string, flags: DifferenceFlags) => {
      const { hdu, referenceHdu, scienceMask, referenceMask, gain, referenceGain, ...settings } = flags;
      const summary = await difference({
        ...settings,
        science: { path: science, hdu: selector(hdu), mask: scienceMask, gain },
        reference: { path: reference, hdu: selector(referenceHdu), mask: referenceMask, gain: referenceGain },
        command: context.commandLine,
        onStep: (step) => context.terminal.err(`${step}\n`),
      });
      for (const note of summary.notes) context.terminal.err(`note: ${note}\n`);
      context.terminal.out(flags.json ? `${JSON.stringify(summary)}\n` : `${describe(summary)}\n`);
    });
  withCommonOptions(command, [
    'blemish difference science_ooi.fits.fz reference_ooi.fits.fz --out diff',
    'blemish difference night.fits.fz[N4] coadd.fits --out diff --method zogy --threshold 6',
  ]);
}

/** A number is one of an HDU; anything else a name. */
function selector(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

function describe(summary: DifferenceSummary): string {
  const { candidates, negative, width, height, seconds, secondsPerMegapixel, out } = summary;
  const aligned = summary.alignmentRms === null ? '' : `, ${summary.alignmentRms.toFixed(3)} px apart`;
  return [
    `${candidates} candidates (${negative} negative) on ${width} × ${height} px in ${seconds.toFixed(1)} s, ${secondsPerMegapixel.toFixed(2)} s a megapixel (${summary.processorSecondsPerMegapixel.toFixed(2)} of processor time)`,
    `${summary.method}, ${summary.convolved} convolved: ${summary.kernelStarsUsed} of ${summary.kernelStars} stars, χ² ${summary.kernelChi2.toFixed(3)}, flux ratio ${summary.fluxRatio.toPrecision(5)}; ${summary.starsInCommon} stars aligned${aligned}`,
    `difference over noise ${summary.pixelPull.toFixed(3)}; ${(100 * summary.maskedFraction).toFixed(2)} % of the pixels without a value`,
    ...efficiencyLines(summary),
    `${out}/candidates.csv, difference.fits.fz, stamps.npy`,
  ].join('\n');
}

function efficiencyLines({ efficiency }: DifferenceSummary): string[] {
  if (efficiency === null) return [];
  const { fakes, half, meanPull, meanPullError, bins, missed } = efficiency;
  const pull =
    meanPull === null
      ? ''
      : `, mean pull of their fluxes ${meanPull.toFixed(2)} ± ${meanPullError!.toFixed(2)}`;
  return [
    `${fakes} fakes: half are found at magnitude ${half === null ? 'unknown' : half.toFixed(2)}${pull}`,
    'host      magnitude      found',
    ...bins.map(
      ({ host, magFrom, magTo, found, fakes: n, low, high }) =>
        `${host.padEnd(9)} ${magFrom.toFixed(2)}–${magTo.toFixed(2)}    ${found} of ${n}  [${low.toFixed(2)}, ${high.toFixed(2)}]`,
    ),
    'false detections   above   fakes missed',
    ...missed.map(
      ({ falseDetections, falsePositiveRate, threshold, missed: share }) =>
        `${`${falseDetections} (${(100 * falsePositiveRate).toFixed(0)} %)`.padEnd(18)} ${threshold.toFixed(1).padStart(5)}   ${figureText(share)}`,
    ),
  ];
}
