import { artifactClass } from '../taxonomy.ts';
import { regionHead, regionShape } from './region-shape.ts';
import type { Shape } from './shapes.ts';

/** What a region file needs of a finding. */
export interface RegionFinding {
  readonly className: string;
  readonly probability: number;
  readonly flagged: boolean;
  readonly shape: Shape;
}

/** One CCD of a region file. */
export interface RegionImage {
  /** EXTNAME, or the number of the HDU. */
  readonly ccd: string;
  readonly hdu: number;
  readonly findings: readonly RegionFinding[];
}

/**
 * A ds9 region file of one input file, in image coordinates (1-based, as ds9 counts): a block per CCD, a box or circle per finding in the
 * class's colour with its name and probability; findings below the threshold are dashed. ds9 reads a block by its `tile` number, which
 * counts the images of the file in order; with one CCD loaded it is 1.
 * @param tiles numbers of all image HDUs of the file, also of those that are not in `images`
 */
export function regionFile(images: readonly RegionImage[], tiles: readonly number[]): string {
  const lines = [...regionHead];
  images.forEach(({ ccd, hdu, findings }) => {
    lines.push(`# HDU ${hdu}${ccd === '' ? '' : ` (${ccd})`}`);
    if (findings.length === 0) return;
    if (tiles.length > 1) lines.push(`# tile ${tiles.indexOf(hdu) + 1}`);
    lines.push('image');
    for (const finding of findings) lines.push(regionLine(finding));
  });
  return `${lines.join('\n')}\n`;
}

function regionLine({ className, probability, flagged, shape }: RegionFinding): string {
  const body = regionShape(
    shape.kind === 'circle' ? shape : { ...shape, width: shape.length, height: shape.width },
  );
  const colour = artifactClass(className).colour;
  return `${body} # color=${colour} text={${className} ${probability.toFixed(3)}} tag={${className}}${flagged ? '' : ' dash=1'}`;
}
