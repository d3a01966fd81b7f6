import type { StampDescription } from '../bundle-description.ts';
import { formatInterval, formatNumber } from '../report/format.ts';
import type { StampFigures } from './measure-stamps.ts';
import { classesOf } from './stamp-model.ts';

/** The README of a classifier of stamps. */
export function stampCard(d: StampDescription, figures: StampFigures): string {
  const { input } = d;
  const rows = Object.entries(figures.metrics).map(([name, interval]) => {
    const trivial = figures.majority.metrics[name];
    return `| ${name} | ${formatInterval(interval)} | ${formatNumber(trivial?.value)} |`;
  });
  const what =
    d.architecture === undefined
      ? 'a learner of tables on principal components of the pixels'
      : d.architecture.members === 1
        ? `the network \`${d.architecture.name}\``
        : `${d.architecture.members} networks \`${d.architecture.name}\`, whose probabilities are averaged`;
  return `# ${d.name} ${d.version}

Which class a stamp is of, by ${what}. Trained on ${d.trainedOn}

- Input: stamps of ${input.width} × ${input.height} pixels with ${input.channels} channels, prepared as \`model.json\` says
  (\`preprocess\`: ${d.preprocess.name}).
- Classes: ${classesOf(d).join(', ')}.
- Probabilities ${d.calibration == null ? 'are not calibrated' : `are logits divided by the temperature ${formatNumber(d.calibration.temperature)}, which was fitted on validation stamps`}; they
  stand for the shares of the classes in the training stamps.

Measured on ${d.measuredOn ?? '–'}:

| figure | value (95 % interval) | always "${figures.majority.answer}" |
|---|---|---|
${rows.join('\n')}

It is a starting point for \`blemish finetune\` and \`blemish evaluate ${d.name} --data SET\`: on stamps of another survey its probabilities
are a ranking until they have been checked against labels of that survey.
`;
}
