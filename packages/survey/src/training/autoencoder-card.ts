import type { EncoderDescription } from '../bundle-description.ts';
import { formatSmallInterval, plural } from '../report/format.ts';
import { reconstructions } from './measure-autoencoder.ts';
import type { ReconstructionFigures } from './measure-autoencoder.ts';

/** The README of a trained encoder. */
export function autoencoderCard(d: EncoderDescription, figures: ReconstructionFigures): string {
  const rows = reconstructions.map(
    (name) =>
      `| ${name} | ${formatSmallInterval(figures.logCosh[name])} | ${formatSmallInterval(figures.squaredError[name])} |`,
  );
  return `# ${d.name} ${d.version}

Encodes a frame of ${d.input.width} × ${d.input.height} pixels in ${d.dimensions} numbers, the means of a variational autoencoder. Trained on ${d.trainedOn}

How well ${plural(figures.frames, 'frame')} of ${plural(figures.objects, 'other object')} are made again from these numbers (min-max normalised pixels; 95 % intervals by
object):

| made by | log cosh, mean over pixels | squared difference |
|---|---|---|
${rows.join('\n')}

- Input: min-max normalised as \`model.json\` says (\`preprocess\`); what a constant frame looks like is an image of zeros.
- That frames can be made again does not say that the numbers tell artifacts from objects: that is measured by what is trained on them.

Use it: \`blemish embed ${d.name} FRAMES --out EMBEDDINGS/\`.
`;
}
