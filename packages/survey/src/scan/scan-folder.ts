import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { recordsIn, workFolder } from './journal.ts';

const folders = ['', 'masks', 'regions', workFolder];

export async function makeFolders(out: string): Promise<void> {
  for (const folder of folders) await mkdir(join(out, folder), { recursive: true });
}

/** Only files a scan wrote: by its journal in masks/ and regions/, by name beside them. */
export async function removeEarlierScan(out: string): Promise<void> {
  for await (const { maskPath, regionPath } of recordsIn(out)) {
    // What another folder holds is that folder's: a merged scan may refer to the masks of its parts.
    for (const path of [maskPath, regionPath]) {
      if (path !== null && !path.startsWith('..')) await rm(join(out, path), { force: true });
    }
  }
  if (await exists(join(out, workFolder))) {
    await removePartials(out);
    for (const table of ['catalog', 'images', 'exposures']) {
      for (const extension of ['parquet', 'csv', 'ecsv', 'xml']) {
        await rm(join(out, `${table}.${extension}`), { force: true });
      }
    }
    for (const name of ['report.html', 'scan.json']) await rm(join(out, name), { force: true });
  }
  await rm(join(out, workFolder), { recursive: true, force: true });
}

/** What a scan killed in the middle of writing left behind. */
export async function removePartials(out: string): Promise<void> {
  for (const folder of folders) {
    const names = await readdir(join(out, folder)).catch(() => []);
    for (const name of names) {
      const isOurs = folder !== '' || /^(?:catalog|images|exposures|report|scan)\./.test(name);
      if (isOurs && name.endsWith('.partial')) await rm(join(out, folder, name), { force: true });
    }
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
