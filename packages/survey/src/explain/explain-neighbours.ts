import { resolve } from 'node:path';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import { renderExplanations } from '../report/explanation-report.ts';
import type { ExplainedStamp } from '../report/explanation-report.ts';
import { dataUri } from '../report/pictures.ts';
import { findStampSet } from '../stamps/stamp-set.ts';
import type { Column } from '../tables/index.ts';
import { eachBlock } from './explained-blocks.ts';
import { lastColumns } from './explanation-table.ts';
import { openStampEmbedder, readLabelledStamps } from './labelled-neighbours.ts';
import { ExplanationFolder } from './output.ts';
import { neighbourPicture } from './picture.ts';
import { provenanceOf } from './provenance.ts';
import { defaultLimit } from './types.ts';
import type { ExplainOptions, ExplainSummary } from './types.ts';

/**
 * Each stamp beside the labelled ones that resemble it most in the network's eyes.
 * @throws SurveyError OPTION_INVALID without a reference; else as `explain`
 */
export async function explainByNeighbours(
  bundle: Bundle<'stamp' | 'encoder'>,
  options: ExplainOptions,
): Promise<ExplainSummary> {
  const { reference, k = 5, label = 'label' } = options;
  if (reference === undefined) {
    throw new SurveyError(
      'OPTION_INVALID',
      '--method neighbours needs --reference, a folder of labelled stamps',
    );
  }
  const { description, sha256 } = bundle;
  const embedder = await openStampEmbedder(bundle, options.threads);
  let folder: ExplanationFolder | null = null;
  try {
    const labelled = await readLabelledStamps(reference, label, bundle, embedder);
    const own = resolve(findStampSet(reference)!.stamps);
    folder = await ExplanationFolder.open(options.out, neighbourColumns, null, options.force ?? false);
    const stamps: ExplainedStamp[] = [];
    let empty = 0;
    const limit = options.limit ?? defaultLimit;
    const run = await eachBlock(bundle, { ...options, limit }, async ({ path, places, pixels }) => {
      const embeddings = await embedder.embed(pixels.map((stamp) => stamp.slice()));
      for (const [n, embedding] of embeddings.entries()) {
        const index = places[n];
        const same = { path, index, method: 'neighbours', model: description.name, model_sha256: sha256 };
        if (embedding === null) {
          empty++;
          await folder!.row({
            ...same,
            reason: 'no pixel has a value, or the network gave no finite number',
          });
          continue;
        }
        const near = await labelled.nearest(embedding, k, resolve(path) === own ? index : null);
        const columns = near.map((each) => ({ pixels: each.pixels, text: each.label }));
        const png = neighbourPicture([{ pixels: pixels[n], text: 'stamp' }, ...columns], description.input);
        const picture = await folder!.picture(String(stamps.length).padStart(5, '0'), png);
        for (const [rank, { index: place, label: text, distance }] of near.entries()) {
          const found = { rank: rank + 1, label: text, distance, reference_index: place };
          await folder!.row({ ...same, ...found, reference, picture });
        }
        const distances = near.map((each) => `${each.label} ${each.distance.toPrecision(3)}`).join(', ');
        stamps.push({
          path,
          place: `stamp ${index}`,
          title: votes(near),
          note: distances,
          inside: null,
          image: dataUri(png),
        });
      }
    });
    const summary: ExplainSummary = {
      model: description.name,
      sha256,
      method: 'neighbours',
      layer: null,
      explained: stamps.length,
      empty,
      truth: null,
      out: options.out,
      ...run,
    };
    const page = renderExplanations({
      stamps,
      summary,
      randomised: null,
      generatedAt: new Date().toISOString(),
      provenance: [...provenanceOf(bundle, description.version, options), ['Labelled stamps', reference]],
    });
    await folder.close(page, summary);
    return summary;
  } catch (error) {
    await folder?.abort();
    throw error;
  } finally {
    await embedder.close();
  }
}

/** `3 × star, 2 × galaxy`, the most frequent first. */
function votes(near: readonly { readonly label: string }[]): string {
  const counts = new Map<string, number>();
  for (const { label } of near) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([label, count]) => `${count} × ${label}`)
    .join(', ');
}

const neighbourColumns: readonly Column[] = [
  { name: 'path', type: 'string', description: 'input file' },
  { name: 'index', type: 'int', description: 'place of the stamp in its file, from 0' },
  { name: 'rank', type: 'int', description: '1 for the nearest labelled stamp' },
  { name: 'label', type: 'string', description: "the labelled stamp's class", ucd: 'meta.code.class' },
  { name: 'distance', type: 'double', description: 'between the embeddings (euclidean)' },
  { name: 'reference', type: 'string', description: 'set of labelled stamps' },
  { name: 'reference_index', type: 'int', description: 'place in that set, from 0' },
  ...lastColumns,
];
