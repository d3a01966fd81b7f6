import type { StampDescription } from '../bundle-description.ts';
import type { Column, Row } from '../tables/index.ts';

/** What stands where a model is not sure enough of any class. */
export const unknownAnswer = "don't know";

/** The class of a model that knows the names of both its classes. */
export function decidedColumn(positive: string, negative: string): Column {
  return {
    name: 'class',
    type: 'string',
    description: `${positive} from the model's threshold on, else ${negative}`,
    ucd: 'meta.code.class',
  };
}

/** Columns that only models have which give more than one answer, or say where they do not know. */
export function uncertaintyColumns({
  architecture,
  decision,
}: Pick<StampDescription, 'architecture' | 'decision'>): readonly Column[] {
  const spread = (architecture?.members ?? 1) > 1 || (decision?.passes ?? 0) > 0;
  return [
    ...(spread
      ? [
          {
            name: 'spread',
            type: 'double',
            description:
              'standard deviation over members, or passes with dropout, of the probability before calibration',
            ucd: 'stat.stdev',
          } as const,
        ]
      : []),
    ...(decision?.confidence === null || decision?.confidence === undefined
      ? []
      : [
          {
            name: 'answer',
            type: 'string',
            description: `the class, or \`${unknownAnswer}\` where the model is not sure enough`,
            ucd: 'meta.code.class',
          } as const,
        ]),
  ];
}

/** Class and answer for the probability of the positive of two classes; nothing where the other has no name. */
export function decided(
  probability: number,
  { classes, negative, decision }: Pick<StampDescription, 'classes' | 'negative' | 'decision'>,
): Row {
  if (negative === undefined) return {};
  const name = probability >= (decision?.threshold ?? 0.5) ? classes[0] : negative;
  return { class: name, ...sureAnswer(name, Math.max(probability, 1 - probability), { decision }) };
}

/** @param confidence probability of the likeliest class */
export function sureAnswer(
  name: string,
  confidence: number,
  { decision }: Pick<StampDescription, 'decision'>,
): Row {
  const least = decision?.confidence ?? null;
  return least === null ? {} : { answer: confidence >= least ? name : unknownAnswer };
}
