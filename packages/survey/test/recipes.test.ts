import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readRecipe } from '../src/recipe.ts';

const folder = fileURLToPath(new URL('../../../recipes', import.meta.url));
const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  // What is under import/ maps the weights of published models.
  (path) => path.endsWith('.toml') && !path.startsWith('import'),
);

describe('the recipes that ship', () => {
  it.each(paths)('%s is valid', async (path) => {
    const { recipe } = await readRecipe(join(folder, path));
    expect(recipe.name).toMatch(/^[a-z0-9-]+$/);
  });

  it.each(paths.filter((path) => path.startsWith('des-autoscan')))(
    '%s learns from no identifier, band or CCD',
    async (path) => {
      const { recipe } = await readRecipe(join(folder, path));
      if (recipe.task !== 'table') throw new TypeError('not a recipe for a table');
      expect(recipe.data).toMatchObject({
        label: 'OBJECT_TYPE',
        id: 'ID',
        exclude: ['BAND', 'CCDID'],
        positive: 'artifact',
      });
    },
  );

  it('the answer among the ZTF features is excluded in every recipe for them', async () => {
    for (const path of paths.filter((name) => name.startsWith('ztf-lightcurve'))) {
      const { recipe } = await readRecipe(join(folder, path));
      expect(recipe.task === 'table' && recipe.data.exclude, path).toContain('label');
    }
  });
});
