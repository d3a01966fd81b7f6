import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../outputs/partial-file.ts';

/**
 * What a service sent, each document under the hash of its address with its own SHA-256 beside it. A document that no longer has that hash counts as not there.
 */
export class CutoutCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async get(url: string): Promise<Uint8Array | null> {
    const path = this.#path(url);
    try {
      const [bytes, digest] = await Promise.all([readFile(path), readFile(`${path}.sha256`, 'utf8')]);
      return digest.trim() === sha256(bytes) ? new Uint8Array(bytes) : null;
    } catch {
      return null;
    }
  }

  /** @throws SurveyError DISK_FULL, OUTPUT_UNWRITABLE */
  async put(url: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(url);
    await mkdir(join(path, '..'), { recursive: true });
    await writeWhole(path, bytes);
    await writeWhole(`${path}.sha256`, `${sha256(bytes)}\n`);
  }

  #path(url: string): string {
    const name = sha256(new TextEncoder().encode(url));
    // Folders of a few hundred files each.
    return join(this.folder, name.slice(0, 2), name);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
