import type { ImportedDescription } from '../bundle-description.ts';
import { stampPreprocessings } from '../preprocess/stamp-preprocess.ts';

/** The README of an imported bundle. */
export function importCard(d: ImportedDescription): string {
  const { channels, height, width } = d.input;
  const answer =
    d.task === 'encoder'
      ? `${d.dimensions} numbers that describe it${d.means === undefined ? '' : `, the first ${d.means} of them means`}`
      : d.classes.length === 1
        ? `the probability of "${d.classes[0]}"`
        : `the probability of each of ${d.classes.join(', ')}`;
  return `# ${d.name} ${d.version}

${d.trainedOn}

- Takes a stamp of ${width} × ${height} pixels with ${channels} channel${channels === 1 ? '' : 's'}, gives ${answer}.
- Preprocessing \`${d.preprocess.name}\`: ${stampPreprocessings[d.preprocess.name].description}.
- Imported from ${d.provenance.sources.map((source) => `${source.name} (sha256 ${source.sha256})`).join(', ')}.

Nothing was measured or calibrated at the import: the probabilities are the network's own, and no threshold comes with them.
`;
}
