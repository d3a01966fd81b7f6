import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { referenceFolder, referencePages, stalePages } from '../../../scripts/generate-reference.ts';

describe('docs/reference', () => {
  for (const [name, text] of referencePages()) {
    it(`${name} says what the code says (npm run docs)`, async () => {
      expect(await readFile(join(referenceFolder, name), 'utf8')).toBe(text);
    });
  }

  it('holds nothing that is not made from the code', async () => {
    expect(await stalePages()).toEqual([]);
  });
});
