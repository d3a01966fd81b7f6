import { appendFile, link, rm, writeFile } from 'node:fs/promises';

/** One write per call, after a first line that appears with the file itself, so that threads do not mix or double lines. */
export async function appendLines(path: string, first: string, lines: readonly string[]): Promise<void> {
  const draft = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  await writeFile(draft, `${first}\n`);
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  if (lines.length > 0) await appendFile(path, `${lines.join('\n')}\n`);
}
