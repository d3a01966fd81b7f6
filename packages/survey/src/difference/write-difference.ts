import { basename } from 'node:path';
import { Header, encodeHdu } from '@blemish/fits';
import type { Compression } from '@blemish/fits';
import { maskHeader } from '../outputs/mask-hdu.ts';
import { PartialFile } from '../outputs/partial-file.ts';
import { regionHead, regionShape } from '../outputs/region-shape.ts';
import type { Row } from '../tables/index.ts';
import { version } from '../version.ts';
import type { SideAlignment } from './align-sides.ts';
import { differenceBitMeanings, differenceBits } from './mask-values.ts';
import type { Side } from './read-side.ts';
import type { Subtraction } from './subtract-sides.ts';

/** What is told of a difference beside its pixels. */
export interface DifferenceFacts {
  readonly science: Side;
  readonly reference: Side;
  readonly alignment: SideAlignment;
  readonly subtraction: Subtraction;
  readonly method: string;
  readonly align: string;
  readonly starsGiven: number;
  readonly threshold: number;
  readonly command: string | undefined;
}

const lossless: Compression = { type: 'GZIP_2' };

/** `difference.fits.fz`: DIFFERENCE, NOISE (standard deviation), MASK (bits) and KERNEL at the middle, all but the last on the science image's pixels and with its WCS. */
export async function writeDifference(path: string, facts: DifferenceFacts): Promise<void> {
  const { science, subtraction } = facts;
  const { width, height } = subtraction.image;
  const shape = [height, width];
  const own = (name: string): Header => maskHeader(science.header).delete('EXTNAME').set('EXTNAME', name);
  const file = new PartialFile(path);
  const image = (header: Header, data: Float32Array) =>
    file.append(encodeHdu({ header, shape, data, compression: lossless }, false));
  try {
    await file.append(encodeHdu({ header: primary(facts), shape: [], data: null }, true));
    await image(own('DIFFERENCE'), subtraction.image.data);
    await image(own('NOISE'), subtraction.variance.data.map(Math.sqrt));
    const maskCards = own('MASK');
    for (const [name, bit] of Object.entries(differenceBits) as [keyof typeof differenceBits, number][])
      maskCards.addComment(`${bit} = ${differenceBitMeanings[name]}`);
    const rice: Compression = { type: 'RICE_1' };
    await file.append(
      encodeHdu({ header: maskCards, shape, data: subtraction.mask, compression: rice }, false),
    );
    const { kernel } = subtraction;
    const kernelCards = new Header()
      .set('EXTNAME', 'KERNEL')
      .addComment(
        'what the convolved image is convolved with, at the middle; its sum is the ratio of fluxes',
      );
    await file.append(
      encodeHdu({ header: kernelCards, shape: [kernel.height, kernel.width], data: kernel.data }, false),
    );
    await file.close();
  } catch (error) {
    await file.abort();
    throw error;
  }
}

/** Method, kernel, flux scale and where it all comes from. */
function primary(facts: DifferenceFacts): Header {
  const { science, reference, alignment, subtraction, method, align, starsGiven, threshold, command } = facts;
  const { fit } = subtraction;
  const rounded = (value: number | null, digits = 6) =>
    value === null ? null : Number(value.toPrecision(digits));
  const header = new Header()
    .set('PRODTYPE', 'difference', 'science less reference by Blemish')
    .set('BLMVERS', version, 'version of Blemish')
    .set('SCIFILE', basename(science.path), 'science image')
    .set('SCIHDU', science.hdu, 'its HDU')
    .set('REFFILE', basename(reference.path), 'reference')
    .set('REFHDU', reference.hdu, 'its HDU')
    .set('DIFMETH', method, 'method of subtraction')
    .set('DIFCONV', subtraction.convolved, 'which image was convolved')
    .set('FLXRATIO', rounded(subtraction.fluxRatio), 'flux of a star, science over reference')
    .set('KERRAD', fit.basis.radius, '[pixel] half the side of the kernel less one')
    .set('KERFUNC', fit.basis.functions.length, 'functions of the kernel')
    .set('KERCHI2', rounded(fit.chi2), 'chi2 per pixel of the stars it was fitted on')
    .set('KERSTARS', fit.used.filter(Boolean).length, 'stars used')
    .set('KERGIVEN', starsGiven, 'stars given')
    .set('DIFALIGN', align, 'how the reference was aligned')
    .set('ALNRMS', rounded(alignment.rms), '[pixel] left between the stars, one axis')
    .set('ALNPAIRS', alignment.pairs.length, 'stars in common')
    .set('SCIFWHM', rounded(science.fwhm), '[pixel] of the science image')
    .set('REFFWHM', rounded(reference.fwhm), '[pixel] of the reference, its own pixels')
    .set('SCIGAIN', science.gain, 'electrons a unit')
    .set('REFGAIN', reference.gain, 'electrons a unit')
    .set('DETTHR', threshold, 'least significance of a candidate');
  if (science.maskFile !== null) header.set('SCIMASK', basename(science.maskFile), 'its mask');
  if (reference.maskFile !== null) header.set('REFMASK', basename(reference.maskFile), 'its mask');
  const { correction } = alignment;
  header.addHistory(`stars moved the WCS by the affine ${correction.map((v) => v.toPrecision(8)).join(' ')}`);
  if (command !== undefined) header.addHistory(command);
  return header;
}

/** ds9 regions: a circle a candidate in image coordinates, green for more light, red for less. */
export function candidateRegions(rows: readonly Row[], radius: number): string {
  const lines = rows.map(({ x, y, id, sign, snr }) => {
    const shape = regionShape({ kind: 'circle', x: Number(x), y: Number(y), radius });
    const text = `${Number(id)} ${Number(sign) < 0 ? '-' : '+'}${Number(snr).toFixed(1)}`;
    return `${shape} # color=${Number(sign) < 0 ? 'red' : 'green'} text={${text}}`;
  });
  return `${[...regionHead, 'image', ...lines].join('\n')}\n`;
}
