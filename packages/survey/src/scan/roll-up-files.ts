import type { Failure } from '../errors.ts';
import { eventIds } from '../outputs/events.ts';
import type { EventFinding } from '../outputs/events.ts';
import type { RollUpImage } from '../outputs/roll-up.ts';
import { ExposureClaims } from './exposure-claims.ts';
import type { DuplicateNumber } from './exposure-claims.ts';
import type { FileRecord, FindingRecord, ImageRecord } from './records.ts';

/** The records of a scan in the order of its inputs, one in memory at a time. */
export type Records = () => AsyncIterable<FileRecord>;

/** A file whose exposures are complete. */
export interface RolledUpFile {
  readonly kind: 'file';
  readonly file: FileRecord;
  readonly images: readonly PlacedImage[];
}

export interface PlacedImage {
  /** Its exposure's name is that of the exposure it belongs to. */
  readonly image: ImageRecord;
  /** Event of each finding. */
  readonly ids: readonly string[];
}

/** An exposure all of whose files have come. */
export interface RolledUpExposure {
  readonly kind: 'exposure';
  readonly name: string;
  /** None where every CCD of it failed. */
  readonly images: readonly RollUpImage[];
  readonly camera: string | null;
  /** Flagged, each counted once over all CCDs. */
  readonly events: number;
  readonly failures: readonly Failure[];
}

export interface RolledUpDuplicate extends DuplicateNumber {
  readonly kind: 'duplicate';
}

/** Number of the last file that has something of an exposure number. */
export type LastFiles = ReadonlyMap<string, number>;

/** Numbers of exposures that a file has images or failures of. */
export function exposureNumbers(file: FileRecord): Set<string> {
  const numbers = new Set(file.images.map(({ exposure }) => exposure));
  for (const { exposure } of file.failures) if (exposure !== undefined) numbers.add(exposure);
  return numbers;
}

interface Open {
  readonly name: string;
  readonly camera: string | null;
  readonly images: RollUpImage[];
  readonly findings: EventFinding[];
  /** Which of `findings` are flagged. */
  readonly flagged: boolean[];
  readonly failures: Failure[];
  ids: readonly string[] | null;
  /** Files of it that have not been given out. */
  waiting: number;
}

interface Waiting {
  readonly file: FileRecord;
  /** The exposure of each image, and where its findings are there. */
  readonly places: readonly { readonly exposure: Open; readonly from: number }[];
  readonly exposures: ReadonlySet<Open>;
}

/**
 * Rolls the images of a scan up into exposures while the records pass by: files in their order, each once the last file of its exposures has
 * come, and behind the last of them the exposure, in order of first appearance. Memory holds what lies between the first and the last file
 * of an exposure. The same records give the same sequence, however the work was shared out or interrupted.
 */
export async function* rollUpFiles(
  records: Records,
  last: LastFiles,
): AsyncGenerator<RolledUpFile | RolledUpExposure | RolledUpDuplicate> {
  const claims = new ExposureClaims();
  const open = new Map<string, Open>();
  const queue: Open[] = [];
  const files: Waiting[] = [];
  const openExposure = (name: string, camera: string | null): Open => {
    let exposure = open.get(name);
    if (!exposure) {
      exposure = { name, camera, images: [], findings: [], flagged: [], failures: [], ids: null, waiting: 0 };
      open.set(name, exposure);
      queue.push(exposure);
    }
    return exposure;
  };
  let at = -1;
  for await (const file of records()) {
    at++;
    const names = new Map<string, string>();
    const exposures = new Set<Open>();
    for (const number of exposureNumbers(file)) {
      const images = file.images.filter(({ exposure }) => exposure === number);
      names.set(number, images.length === 0 ? number : claims.assign(file.path, images));
    }
    const places = file.images.map((image) => {
      const exposure = openExposure(names.get(image.exposure)!, image.camera);
      exposures.add(exposure);
      return { exposure, from: collect(exposure, image) };
    });
    for (const failure of file.failures) {
      if (failure.exposure === undefined || failure.ccd === undefined) continue;
      const exposure = openExposure(names.get(failure.exposure)!, null);
      exposures.add(exposure);
      exposure.failures.push(failure);
    }
    for (const exposure of exposures) exposure.waiting++;
    files.push({ file, places, exposures });

    for (const number of names.keys()) {
      if (last.get(number) !== at) continue;
      const duplicate = claims.release(number);
      for (let k = 1, name = number; open.has(name); name = `${number}~${++k}`) {
        const exposure = open.get(name)!;
        exposure.ids = eventIds(name, exposure.findings);
        open.delete(name);
      }
      if (duplicate) yield { kind: 'duplicate', ...duplicate };
    }
    while (files.length > 0 && isComplete(files[0])) {
      const next = files.shift()!;
      for (const exposure of next.exposures) exposure.waiting--;
      yield {
        kind: 'file',
        file: next.file,
        images: next.file.images.map((image, i) => placed(image, next.places[i])),
      };
      while (queue.length > 0 && queue[0].ids !== null && queue[0].waiting === 0)
        yield rolledUp(queue.shift()!);
    }
  }
}

function isComplete({ exposures }: Waiting): boolean {
  for (const { ids } of exposures) if (ids === null) return false;
  return true;
}

function placed(image: ImageRecord, { exposure, from }: Waiting['places'][number]): PlacedImage {
  return {
    image: image.exposure === exposure.name ? image : { ...image, exposure: exposure.name },
    ids: exposure.ids!.slice(from, from + image.findings.length),
  };
}

function rolledUp({ name, camera, images, failures, ids, flagged }: Open): RolledUpExposure {
  const events = new Set(ids!.filter((_, i) => flagged[i])).size;
  return { kind: 'exposure', name, camera, images, failures, events };
}

/** @returns where the image's findings begin among those of the exposure */
function collect(exposure: Open, image: ImageRecord): number {
  const from = exposure.findings.length;
  let worst: FindingRecord | null = null;
  for (const finding of image.findings) {
    const { className, ra, dec, ends, lengthArcsec, widthArcsec } = finding;
    exposure.findings.push({ className, ra, dec, ends, lengthArcsec, widthArcsec });
    exposure.flagged.push(finding.flagged);
    if (finding.flagged && finding.probability > (worst?.probability ?? -1)) worst = finding;
  }
  exposure.images.push({
    ccd: image.ccd,
    band: image.band,
    mjd: image.mjd,
    probability: image.probability,
    flagged: image.flagged,
    action: image.action,
    maskedFraction: image.maskedFraction,
    quality: qualityCells(image),
    judgement: image.judgement,
    worstClass: worst === null ? null : { name: worst.className, probability: worst.probability },
  });
  return from;
}

/** Quality figures by the names of `qualityColumns`. */
export function qualityCells({ quality }: ImageRecord): Record<string, number | null> {
  return {
    fwhm: quality.fwhm,
    ellipticity: quality.ellipticity,
    sky: quality.sky,
    rms: quality.rms,
    zero_point: quality.zeroPoint,
    transparency: quality.transparency,
    depth_factor: quality.depthFactor,
    n_stars: quality.nStars,
  };
}
