import { formatInterval, formatNumber } from '../report/format.ts';
import type { ExposureParts } from './exposure-bundle.ts';
import type { ExposureFigures } from './measure-exposures.ts';

/** The model card of a model of exposures; `README.md` of its bundle. */
export function exposureCard(d: ExposureParts['description'], figures: ExposureFigures | null): string {
  const { decision, members, provenance } = d;
  const heads = members.map(({ name, weight }) => `- ${name}: weight ${formatNumber(weight)}`);
  const rows = Object.entries(figures?.metrics ?? {}).map(
    ([name, interval]) =>
      `| ${name} | ${formatInterval(interval)} | ${formatNumber(figures!.majority.metrics[name]?.value)} |`,
  );
  const labels = Object.entries(provenance.data.labels).map(([name, count]) => `${name} ${count}`);
  return `# ${d.name} ${d.version}

What is wrong with an exposure, from its CCDs. Trained on ${d.trainedOn}

Heads, whose log-probabilities are averaged over the CCDs of an exposure:

${heads.join('\n')}

- Labelled exposures: ${labels.join(', ')}.
- An exposure is bad where more than ${decision.moreThan} of its CCDs have a probability of not being good of ${decision.probability.toPrecision(4)} or more.
- ${decision.confidence === null ? 'A category is always named.' : `A category less likely than ${formatNumber(decision.confidence)} is “don’t know”.`}

${
  figures === null
    ? 'Not measured: no category has two labelled exposures.'
    : `Measured on ${d.measuredOn}:

| figure | value (95 % interval) | always "${figures.majority.answer}" |
|---|---|---|
${rows.join('\n')}`
}

Probabilities stand for the shares of the categories among the labelled exposures; most of a survey is good.
`;
}
