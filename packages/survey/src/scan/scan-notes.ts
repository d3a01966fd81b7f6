import { plural } from '../report/format.ts';
import type { RolledUpDuplicate, RolledUpExposure } from './roll-up-files.ts';

/** Names listed in one sentence. */
const mostNames = 5;

interface Camera {
  exposures: number;
  /** Exposures that have each CCD. */
  readonly ccds: Map<string, number>;
  /** Exposures by how many CCDs they have. */
  readonly sizes: Map<number, number>;
}

/** What should be known of a scan beside its flags: cameras mixed, CCDs missing in some exposures, exposure numbers given twice. */
export class ScanNotes {
  exposures = 0;
  duplicates = 0;
  readonly #cameras = new Map<string, Camera>();
  readonly #named: RolledUpDuplicate[] = [];

  addExposure({ images, camera }: RolledUpExposure): void {
    if (images.length === 0) return;
    this.exposures++;
    const name = camera ?? 'camera not known';
    const entry: Camera = this.#cameras.get(name) ?? { exposures: 0, ccds: new Map(), sizes: new Map() };
    this.#cameras.set(name, entry);
    entry.exposures++;
    const ccds = new Set(images.map(({ ccd }) => ccd));
    for (const ccd of ccds) entry.ccds.set(ccd, (entry.ccds.get(ccd) ?? 0) + 1);
    entry.sizes.set(ccds.size, (entry.sizes.get(ccds.size) ?? 0) + 1);
  }

  addDuplicate(duplicate: RolledUpDuplicate): void {
    this.duplicates++;
    if (this.#named.length < mostNames) this.#named.push(duplicate);
  }

  sentences(): string[] {
    return [...this.#duplicateNotes(), ...this.#cameraNotes(), ...this.#missingNotes()];
  }

  #duplicateNotes(): string[] {
    if (this.duplicates === 0) return [];
    const named = this.#named.map(({ number, paths }) => `${number} (${list(paths)})`);
    const which = list(named, this.duplicates);
    return [
      `${plural(this.duplicates, 'exposure number')} given to more than one exposure; they are told apart as N, N~2, …: ${which}`,
    ];
  }

  #cameraNotes(): string[] {
    if (this.#cameras.size < 2) return [];
    const each = [...this.#cameras].map(
      ([name, { exposures }]) => `${name} (${plural(exposures, 'exposure')})`,
    );
    return [`Images of ${this.#cameras.size} cameras: ${list(each)}`];
  }

  /** Only where a CCD is usual: in at least half of a camera's exposures. */
  #missingNotes(): string[] {
    return [...this.#cameras].flatMap(([name, { exposures, ccds, sizes }]) => {
      const usual = [...ccds].filter(([, count]) => 2 * count >= exposures && count < exposures);
      if (usual.length === 0) return [];
      const each = usual
        .sort((a, b) => a[1] - b[1])
        .map(([ccd, count]) => `${ccd} in ${(exposures - count).toLocaleString('en')}`);
      const single = sizes.get(1) ?? 0;
      const alone = single === 0 || sizes.size === 1 ? '' : `; ${plural(single, 'exposure')} of one CCD`;
      return [
        `${name}: CCDs missing in some of ${plural(exposures, 'exposure')}: ${list(each)}${alone}; the roll-up counts those there are`,
      ];
    });
  }
}

/** @param count of all, where `names` are not all of them */
function list(names: readonly string[], count = names.length): string {
  const shown = names.slice(0, mostNames);
  const more = count - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`;
}
