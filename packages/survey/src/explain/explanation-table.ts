import type { Column } from '../tables/index.ts';

/** Columns of the table of heat. */
export function heatColumns(withTruth: boolean): readonly Column[] {
  const own: readonly Column[] = [
    { name: 'path', type: 'string', description: 'input file' },
    { name: 'index', type: 'int', description: 'place of the stamp in its file, from 0' },
    { name: 'class', type: 'string', description: 'the class that is explained', ucd: 'meta.code.class' },
    { name: 'probability', type: 'double', description: 'of that class', ucd: 'stat.probability' },
    { name: 'score', type: 'double', description: 'of that class before sigmoid or softmax' },
    {
      name: 'peak',
      type: 'double',
      description: 'largest heat before it was brought to 1; 0: nothing speaks for it',
    },
    { name: 'hottest_x', type: 'int', description: 'column of the hottest pixel, from 0', unit: 'pixel' },
    { name: 'hottest_y', type: 'int', description: 'row of the hottest pixel, from 0', unit: 'pixel' },
  ];
  const truth: readonly Column[] = [
    { name: 'inside_truth', type: 'double', description: 'share of the heat inside the truth' },
    { name: 'truth_area', type: 'double', description: 'share of the pixels that the truth takes' },
  ];
  return [...own, ...(withTruth ? truth : []), ...lastColumns];
}

/** Columns that every table of explanations ends with. */
export const lastColumns: readonly Column[] = [
  { name: 'picture', type: 'string', description: 'file below this folder' },
  { name: 'reason', type: 'string', description: 'why there is no explanation' },
  { name: 'method', type: 'string', description: 'way of explaining' },
  { name: 'layer', type: 'string', description: 'layer that the heat is of' },
  { name: 'model', type: 'string', description: 'model bundle', ucd: 'meta.software' },
  { name: 'model_sha256', type: 'string', description: "hash of the model's network and description" },
];
