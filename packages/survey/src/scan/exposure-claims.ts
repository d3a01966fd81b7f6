import type { ImageRecord } from './records.ts';

/** Start times of the CCDs of one exposure may differ by so much, days: a minute. */
const sameStartDays = 1 / 1440;

interface Claim {
  /** `<number>`, or `<number>~2` … for further exposures of that number. */
  readonly name: string;
  readonly camera: string | null;
  readonly band: string | null;
  readonly mjd: number | null;
  readonly ccds: Set<string>;
  /** Of its first file. */
  readonly path: string;
}

/** An exposure number that more than one exposure has. */
export interface DuplicateNumber {
  readonly number: string;
  /** Their first files. */
  readonly paths: readonly string[];
}

/**
 * Tells exposures of one number apart. The CCDs of an exposure may lie in several files; files belong to one exposure where camera, band and
 * start agree (or are not known) and no CCD comes twice.
 */
export class ExposureClaims {
  readonly #claims = new Map<string, Claim[]>();

  /** Name of the exposure that the images of one file with one exposure number belong to. */
  assign(path: string, images: readonly ImageRecord[]): string {
    const { exposure: number, camera, band, mjd } = images[0];
    const claims = this.#claims.get(number) ?? [];
    this.#claims.set(number, claims);
    const ccds = images.flatMap((image) => nameOfCcd(image, images.length));
    const own = claims.find(
      (claim) =>
        agree(claim.camera, camera) &&
        agree(claim.band, band) &&
        (claim.mjd === null || mjd === null || Math.abs(claim.mjd - mjd) <= sameStartDays) &&
        !ccds.some((ccd) => claim.ccds.has(ccd)),
    );
    if (own) {
      for (const ccd of ccds) own.ccds.add(ccd);
      return own.name;
    }
    const name = claims.length === 0 ? number : `${number}~${claims.length + 1}`;
    claims.push({ name, camera, band, mjd, ccds: new Set(ccds), path });
    return name;
  }

  /** Forgets a number of which no file is left; tells whether several exposures had it. */
  release(number: string): DuplicateNumber | null {
    const claims = this.#claims.get(number) ?? [];
    this.#claims.delete(number);
    return claims.length < 2 ? null : { number, paths: claims.map(({ path }) => path) };
  }
}

function agree(a: string | null, b: string | null): boolean {
  return a === null || b === null || a === b;
}

/** A file of one image that does not say which CCD it is, is known by the number of its HDU, which any other such file has too. */
function nameOfCcd({ ccd, hdu }: ImageRecord, images: number): string[] {
  return images === 1 && ccd === String(hdu) ? [] : [ccd];
}
