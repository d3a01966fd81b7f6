import type { EncoderDescription } from '../bundle-description.ts';
import { formatNumber } from '../report/format.ts';
import type { SelfDistillationRecipe } from '../self-distillation-recipe.ts';

/** The README of an encoder of CCDs. */
export function viewCard(d: EncoderDescription, { model, training }: SelfDistillationRecipe): string {
  const figures = Object.entries(d.validationMetrics ?? {});
  const rows = figures.map(
    ([name, value]) => `| ${name} | ${value === null ? '–' : formatNumber(value, 4)} |`,
  );
  const made =
    training.epochs === 0
      ? 'Its weights are random: a baseline'
      : `Trained by self-distillation (DINO, Caron et al. 2021) for ${training.epochs} epochs`;
  return `# ${d.name} ${d.version}

Turns the views of a CCD (the whole averaged to ${d.input.width} × ${d.input.height}, and ${d.input.channels - 1} crops at full resolution) into ${d.dimensions} numbers: the class
token of a vision transformer (${model.size}) for the whole, then the mean of those for the crops. ${made}, on ${d.trainedOn}

On CCDs held out, of other exposures:

| figure | value |
|---|---|
${rows.join('\n')}

- \`deviation\`, \`rank\`: how much embeddings differ, and in how many directions. \`probe\`: share of CCDs whose label is that of most of their seven
  nearest neighbours among the training CCDs; labels took no part in the training${training.keep === 'probe' ? ' but the choice of the epoch' : ''}.
- Input: grey levels divided by 255, as \`blemish dataset views\` makes them${d.views === undefined ? '' : ` with these settings: ${JSON.stringify(d.views)}`}.

Use it: \`blemish embed ${d.name} SET --out embeddings.parquet\`.
`;
}
