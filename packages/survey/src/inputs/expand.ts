import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { fitsStem, isCompanionName, isFitsName, isListName } from './names.ts';
import { parseSelector } from './selector.ts';
import type { HduSelector } from './selector.ts';

/** One FITS file to scan. */
export interface InputFile {
  /** As given, or the folder as given and the way below it. */
  readonly path: string;
  /** The HDUs asked for; null: every image. */
  readonly selectors: readonly HduSelector[] | null;
  /** Name of what is written for it, unique in the scan, without extension. */
  readonly outputName: string;
}

export interface ExpandedInputs {
  readonly files: readonly InputFile[];
  /** Paths that could not be followed. */
  readonly failures: readonly Failure[];
  /** Masks, weights and truth files passed over. */
  readonly companions: number;
}

/**
 * Follows what the command line names: FITS files, one HDU of a file (`file.fits[3]`, `file.fits[N4]`), folders (recursively, sorted by
 * name; only names of `isFitsName`, no hidden ones, no companions, nothing under `truth/`, no masks of an earlier scan) and list files
 * (`@list`, `*.txt`, `*.lst`; one path per line, `#` comments, relative to the list or else to the working folder). A file named twice is
 * scanned once. Never throws for a bad path: that is a failure of its own and the rest goes on.
 */
export async function expandInputs(
  paths: readonly string[],
  { alsoNamed = () => false, alsoInFolders = () => false }: ExpandOptions = {},
): Promise<ExpandedInputs> {
  const walk = new Walk(alsoNamed, alsoInFolders);
  for (const path of paths) await walk.argument(path, null, []);
  return { files: nameOutputs(walk.found), failures: walk.failures, companions: walk.companions };
}

export interface ExpandOptions {
  /** Files of other names that are taken where they are given by name. */
  readonly alsoNamed?: (path: string) => boolean;
  /** Files of other names that count in folders, too; else FITS files alone do. */
  readonly alsoInFolders?: (path: string) => boolean;
}

interface Found {
  readonly path: string;
  selectors: HduSelector[] | null;
}

class Walk {
  readonly found: Found[] = [];
  readonly failures: Failure[] = [];
  companions = 0;
  readonly #alsoNamed: (path: string) => boolean;
  readonly #alsoInFolders: (path: string) => boolean;
  readonly #files = new Map<string, Found>();
  readonly #folders = new Set<string>();

  constructor(alsoNamed: (path: string) => boolean, alsoInFolders: (path: string) => boolean) {
    this.#alsoNamed = alsoNamed;
    this.#alsoInFolders = alsoInFolders;
  }

  /** One word of the command line or one line of a list file. */
  async argument(text: string, listFolder: string | null, lists: readonly string[]): Promise<void> {
    try {
      if (text.startsWith('@') && !(await exists(text))) {
        await this.#list(text.slice(1), lists);
        return;
      }
      const literal = await locate(text, listFolder);
      const { path: bare, selector } =
        literal === null ? parseSelector(text) : { path: text, selector: null };
      const path = literal ?? (await locate(bare, listFolder));
      if (path === null) throw new SurveyError('INPUT_NOT_FOUND', 'no such file or folder', { path: bare });
      if ((await stat(path)).isDirectory()) await this.#folder(path);
      else if (isFitsName(path) || this.#alsoNamed(path)) await this.#file(path, selector);
      else if (isListName(path)) await this.#list(path, lists);
      else throw new SurveyError('NOT_FITS_NAME', 'is neither a FITS file nor a list by its name', { path });
    } catch (error) {
      this.failures.push(toFailure(error, text, null, 'INPUT_NOT_FOUND'));
    }
  }

  async #file(path: string, selector: HduSelector | null): Promise<void> {
    if (isCompanionName(path) || basename(dirname(path)) === 'truth') {
      this.companions++;
      return;
    }
    const key = await realpath(path);
    const known = this.#files.get(key);
    if (known === undefined) {
      const entry: Found = { path, selectors: selector === null ? null : [selector] };
      this.#files.set(key, entry);
      this.found.push(entry);
    } else if (selector === null) known.selectors = null;
    else if (known.selectors !== null && !known.selectors.includes(selector)) known.selectors.push(selector);
  }

  async #folder(path: string): Promise<void> {
    const key = await realpath(path);
    if (this.#folders.has(key) || basename(key) === 'truth') return;
    this.#folders.add(key);
    const names = (await readdir(path)).sort(byCodeUnits);
    const isScan = names.includes('scan.json') || names.includes('.resume');
    for (const name of names) {
      if (name.startsWith('.') || (isScan && name === 'masks')) continue;
      const child = join(path, name);
      const counts = isFitsName(name) || this.#alsoInFolders(name);
      try {
        const isFolder = (await stat(child)).isDirectory();
        if (isFolder) await this.#folder(child);
        else if (counts) await this.#file(child, null);
      } catch (error) {
        if (counts) this.failures.push(toFailure(error, child, null, 'INPUT_NOT_FOUND'));
      }
    }
  }

  async #list(path: string, lists: readonly string[]): Promise<void> {
    if (!(await exists(path))) throw new SurveyError('INPUT_NOT_FOUND', 'no such list file', { path });
    const key = await realpath(path);
    if (lists.includes(key)) throw new SurveyError('LIST_FILE_INVALID', 'the list names itself', { path });
    const bytes = await readFile(path);
    if (bytes.includes(0)) throw new SurveyError('LIST_FILE_INVALID', 'is not a text file', { path });
    for (const line of bytes.toString('utf8').split(/\r?\n/)) {
      const entry = line.trim();
      if (entry === '' || entry.startsWith('#')) continue;
      await this.argument(entry, dirname(path), [...lists, key]);
    }
  }
}

/** Two inputs of one name in different folders get `-2`, `-3` … in the order of the scan. */
function nameOutputs(found: readonly Found[]): InputFile[] {
  const stems = new Set(found.map(({ path }) => fitsStem(path)));
  const used = new Set<string>();
  return found.map(({ path, selectors }) => {
    const stem = fitsStem(path);
    let name = stem;
    for (let n = 2; used.has(name); n++) {
      const candidate = `${stem}-${n}`;
      name = stems.has(candidate) ? name : candidate;
    }
    used.add(name);
    return { path, selectors, outputName: name };
  });
}

async function locate(path: string, listFolder: string | null): Promise<string | null> {
  if (listFolder !== null && !isAbsolute(path)) {
    const beside = join(listFolder, path);
    if (await exists(beside)) return beside;
  }
  return (await exists(path)) ? path : null;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
