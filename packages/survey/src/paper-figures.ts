import * as z from 'zod';

/** Of a recipe: what the paper it follows says of its own model. */
export const paperFigures = z
  .strictObject({
    title: z.string().describe('whose figures they are, and on which data'),
    figures: z
      .record(z.string(), z.number())
      .describe('by their names in metrics.json, such as accuracy, auc, precision, recall, f1'),
  })
  .describe('published figures, which reports show beside their own')
  .optional();

export type PaperFigures = NonNullable<z.infer<typeof paperFigures>>;
