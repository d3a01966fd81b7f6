import type { Row } from '../tables/column.ts';

/** Starts of one exposure may differ by this much between its headers, days: less than any two exposures of a camera lie apart. */
const sameStart = 1e-5;

interface KnownExposure {
  readonly name: string;
  readonly camera: unknown;
  readonly mjd: unknown;
  readonly ccds: Set<unknown>;
}

/**
 * Tells exposures apart that bear one number, by their camera and start, and CCDs that come twice. The first exposure of a number keeps it; others get `-2`,
 * `-3` … behind it.
 */
export class ExposureNames {
  readonly #byNumber = new Map<unknown, KnownExposure[]>();
  /** CCDs that were there before: left out. */
  duplicates = 0;
  /** Exposures under another name than their number. */
  renamed = 0;

  /** The exposure's name in the set; null for a CCD that was there before. */
  nameOf({ exposure, camera, mjd, ccd }: Row): string | null {
    const known = this.#byNumber.get(exposure) ?? [];
    this.#byNumber.set(exposure, known);
    let found = known.find((one) => one.camera === camera && isSameStart(one.mjd, mjd));
    if (found === undefined) {
      if (known.length > 0) this.renamed++;
      const name = known.length === 0 ? String(exposure) : `${exposure}-${known.length + 1}`;
      found = { name, camera, mjd, ccds: new Set() };
      known.push(found);
    }
    if (found.ccds.has(ccd)) {
      this.duplicates++;
      return null;
    }
    found.ccds.add(ccd);
    return found.name;
  }

  /** CCDs of each exposure. */
  counts(): Map<string, number> {
    const all = [...this.#byNumber.values()].flat();
    return new Map(all.map(({ name, ccds }) => [name, ccds.size]));
  }

  /** Exposures of each camera. */
  cameras(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { camera } of [...this.#byNumber.values()].flat()) {
      const name = typeof camera === 'string' ? camera : 'unknown';
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }
}

function isSameStart(a: unknown, b: unknown): boolean {
  return typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) < sameStart : a === b;
}
