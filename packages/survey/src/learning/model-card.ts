import type { ClassificationMetrics } from '@blemish/evaluate';
import type { TableDescription } from '../bundle-description.ts';
import { formatInterval } from '../report/format.ts';

/** The bundle's README: what the model is, what it was trained on, what it can be trusted with. */
export function tableModelCard(d: TableDescription, metrics: ClassificationMetrics): string {
  const rows = Object.entries(metrics.metrics).map(
    ([name, interval]) => `| ${name} | ${formatInterval(interval)} |`,
  );
  const positive = d.classes.length === 2 ? ` The probability is that of \`${d.classes[1]}\`.` : '';
  return `# ${d.name} ${d.version}

Tells ${d.classes.map((name) => `\`${name}\``).join(', ')} apart by ${looksAt(d)} (learner \`${d.learner}\`).
Trained on ${d.trainedOn}.${positive}

${columnsTaken(d)}- Calibration and threshold: fitted on ${d.validation}

Figures on these validation rows (95 % bootstrap intervals). They are not a test: measure on rows that nothing was chosen on.

| figure | value |
|---|---|
${rows.join('\n')}

${usage(d)}
`;
}

function looksAt({ columns: { features }, reading: { frames } }: TableDescription): string {
  const columns = `${features.length} columns of a table`;
  if (frames === undefined) return columns;
  const own = `the frames of each object, ${frames.numbers} numbers each`;
  return features.length === 0 ? own : `${own}, and ${columns}`;
}

function columnsTaken({ columns: { features } }: TableDescription): string {
  if (features.length === 0) return '';
  return `- Columns it takes: ${features.map((name) => `\`${name}\``).join(', ')}\n`;
}

function usage({ reading: { frames } }: TableDescription): string {
  return frames === undefined
    ? 'Use: `blemish predict <this folder> table.csv`, `blemish evaluate <this folder> --data table.csv`.'
    : 'Use: `blemish predict <this folder> embeddings/`, `blemish evaluate <this folder> --data DIR`. The numbers must be of the encoder whose numbers it learned from.';
}
