import type { CcdImageDescription } from '../bundle-description.ts';
import { formatNumber } from '../report/format.ts';

/** The README of a classifier of whole CCDs. */
export function imageCard(d: CcdImageDescription): string {
  const learner = d.learner === 'cnn' ? 'convolutional network' : 'support vector machine';
  const rows = Object.entries(d.validationMetrics).map(
    ([name, value]) => `| ${name.replaceAll('_', ' ')} | ${formatNumber(value)} |`,
  );
  return `# ${d.name} ${d.version}

One class for a whole CCD, by the ${learner} of the DES paper on artifacts in whole CCD exposures. ${d.trainedOn}

- Input: the CCD less its background, unmasked pixels averaged in bins of ${d.preprocess.bin} px, scaled to 8-bit levels as \`model.json\` says
  (\`preprocess\`): ${d.input.width} × ${d.input.height} bins.
- Classes: ${d.classes.join(', ')}.
- Probabilities are those of a set half of whose CCDs have an artifact; they are not calibrated.

| figure, simulated CCDs | |
|---|---|
${rows.join('\n')}

It is here to be compared with: \`blemish evaluate ${d.name} --data SIMULATED\`. \`blemish scan\` uses another model.
`;
}
