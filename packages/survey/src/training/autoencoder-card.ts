import type { EncoderDescription } from '../bundle-description.ts';
import { formatInterval } from '../report/format.ts';
import { reconstructions } from './measure-autoencoder.ts';
import type { ReconstructionFigures } from './measure-autoencoder.ts';

/** The README of a trained encoder. */
export function autoencoderCard(d: EncoderDescription, figures: ReconstructionFigures): string {
  const rows = reconstructions.map(
    (name) =>
      `| ${name} | ${formatInterval(figures.logCosh[name])} | ${formatInterval(figures.squaredError[name])} |`,
  );
  return `# ${d.name} ${d.version}

Encodes a frame of ${d.input.width} × ${d.input.height} pixels in ${d.dimensions} numbers, the means of a variational autoencoder. Trained on ${d.trainedOn}

How well ${figures.frames} frames of ${figures.objects} other objects are made again from these numbers (min-max normalised pixels; 95 % intervals by
object):

| made by | log cosh, mean over pixels | squared difference |
|---|---|---|
${rows.join('\n')}

- Input: min-max normalised as \`model.json\` says (\`preprocess\`); what a constant frame looks like is an image of zeros.
- That frames can be made again does not say that the numbers tell artifacts from objects: that is measured by what is trained on them.

Use it: \`blemish embed ${d.name} FRAMES --out EMBEDDINGS/\`.
`;
}
