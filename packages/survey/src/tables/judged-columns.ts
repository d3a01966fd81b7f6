import { probabilityColumn } from '../taxonomy.ts';
import type { Column } from './column.ts';
import { exposureColumns, imageColumns } from './columns.ts';

const noveltyShare: Column = {
  name: 'novelty_share',
  type: 'double',
  description: 'share of the training that resembles the training more: near 1 for what resembles nothing',
};
const neighbours: Column = {
  name: 'neighbours',
  type: 'string',
  description: 'nearest labelled CCDs, from near to far: exposure/CCD category distance, with semicolons',
};
const probabilityOf = (category: string, description: string): Column => ({
  name: probabilityColumn(category),
  type: 'double',
  description,
  ucd: 'stat.probability',
});

/** `images` of a scan with a model of exposures: a row per CCD. */
export function judgedImageColumns(categories: readonly string[]): readonly Column[] {
  return [
    ...imageColumns.flatMap((column): readonly Column[] => {
      if (column.name === 'artifact_probability')
        return [{ ...column, name: 'bad_probability', description: 'probability that the CCD is not good' }];
      if (column.name === 'flagged')
        return [{ ...column, description: 'the probability that it is not good reaches the threshold' }];
      return column.name.startsWith('p_') ? [] : [column];
    }),
    ...categories.map((name) => probabilityOf(name, `probability of ${name}; all sum to 1`)),
    {
      name: 'novelty',
      type: 'double',
      description: 'local outlier factor: near 1 for what resembles the training',
    },
    noveltyShare,
    neighbours,
  ];
}

/** `exposures` of a scan with a model of exposures. */
export function judgedExposureColumns(categories: readonly string[]): readonly Column[] {
  return [
    ...exposureColumns.flatMap((column): readonly Column[] => {
      switch (column.name) {
        case 'n_events':
        case 'worst_class':
          return [];
        case 'max_probability':
          return [{ ...column, description: 'largest bad_probability' }];
        case 'worst_ccd':
          return [{ ...column, description: 'CCD with the largest bad_probability' }];
        case 'action':
          return [
            {
              ...column,
              description:
                'reject where it is bad and the category is sure, review where only one is so, else ok',
            },
          ];
        default:
          return [column];
      }
    }),
    {
      name: 'score',
      type: 'double',
      description: 'probability of not being good that more than N of its CCDs reach',
    },
    { name: 'bad', type: 'boolean', description: 'the score reaches the threshold', ucd: 'meta.code' },
    { name: 'category', type: 'string', description: 'likeliest category', ucd: 'meta.code.class' },
    {
      name: 'decided',
      type: 'boolean',
      description: 'the category is as likely as the model asks for; false: it does not know',
    },
    {
      name: 'reasons',
      type: 'string',
      description: 'categories but Good of probability 0.5 or more, with semicolons',
    },
    ...categories.map((name) => probabilityOf(name, `probability of ${name} for the exposure; all sum to 1`)),
    noveltyShare,
    neighbours,
  ];
}
