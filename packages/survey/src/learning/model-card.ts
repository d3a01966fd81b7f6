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

Tells ${d.classes.map((name) => `\`${name}\``).join(', ')} apart by ${d.columns.features.length} columns of a table (learner \`${d.learner}\`).
Trained on ${d.trainedOn}.${positive}

- Columns it takes: ${d.columns.features.map((name) => `\`${name}\``).join(', ')}
- Calibration and threshold: fitted on ${d.validation}

Figures on these validation rows (95 % bootstrap intervals). They are not a test: measure on rows that nothing was chosen on.

| figure | value |
|---|---|
${rows.join('\n')}

Use: \`blemish predict <this folder> table.csv\`, \`blemish evaluate <this folder> --data table.csv\`.
`;
}
