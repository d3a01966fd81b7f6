import type { Bundle } from '../bundle.ts';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { renderExplanations } from '../report/explanation-report.ts';
import type { ExplainedStamp } from '../report/explanation-report.ts';
import { dataUri } from '../report/pictures.ts';
import { eachBlock } from './explained-blocks.ts';
import { heatColumns } from './explanation-table.ts';
import { ExplanationFolder } from './output.ts';
import { stampPicture } from './picture.ts';
import { provenanceOf } from './provenance.ts';
import { openStampExplainer } from './stamp-explainer.ts';
import type { ExplainerOptions, HeatMethod, StampExplainer } from './stamp-explainer.ts';
import { TruthCheck } from './truth-check.ts';
import { defaultLimit } from './types.ts';
import type { ExplainOptions, ExplainSummary } from './types.ts';

/** Each stamp under the heat that says where its answer comes from. @throws SurveyError as `explain` */
export async function explainByHeat(
  bundle: Bundle<'stamp' | 'encoder'>,
  method: HeatMethod,
  options: ExplainOptions,
): Promise<ExplainSummary> {
  const { name, version: modelVersion, input } = bundle.description;
  const settings: ExplainerOptions = { ...options, method };
  const explainer = await openStampExplainer(bundle, settings);
  let check: TruthCheck | null = null;
  let folder: ExplanationFolder | null = null;
  try {
    const { className } = options;
    if (className !== undefined && !explainer.classes.includes(className))
      throw noClass(className, explainer);
    if (options.againstTruth)
      check = await TruthCheck.open(bundle, options.inputs, options.label ?? 'label', settings);
    folder = await ExplanationFolder.open(
      options.out,
      heatColumns(check !== null),
      [input.height, input.width],
      options.force ?? false,
    );
    const stamps: ExplainedStamp[] = [];
    let empty = 0;
    const run = await eachBlock(
      bundle,
      { ...options, limit: options.limit ?? defaultLimit },
      async (block, fail) => {
        const { path, places, pixels } = block;
        const wanted = places.map((n) => className ?? check?.classOf(n, explainer.classes));
        const explanations = await explainer.explain(
          pixels.map((stamp) => stamp.slice()),
          wanted,
        );
        const inTruth = (await check?.add(places, pixels, explanations)) ?? null;
        for (const [k, explanation] of explanations.entries()) {
          const index = places[k];
          const reason = explanation === null ? reasonOf(pixels[k]) : null;
          if (reason === noValue) empty++;
          else if (reason !== null) fail(noAnswer(path, index));
          const own = { path, index, method, layer: explainer.layer?.name ?? null };
          const of = { model: name, model_sha256: bundle.sha256 };
          if (explanation === null) {
            await folder!.row({ ...own, ...of, reason });
            await folder!.heat(new Float32Array(input.height * input.width).fill(NaN));
            continue;
          }
          const { heat, probability, score, peak } = explanation;
          const number = String(stamps.length).padStart(5, '0');
          const text = `${explanation.className} ${probability.toFixed(3)}`;
          const lines = [text, `${method}${explainer.layer === null ? '' : ` ${explainer.layer.name}`}`];
          const png = stampPicture({ pixels: pixels[k], ...input, heat, lines });
          const picture = await folder!.picture(`${number}-${fileWord(explanation.className)}`, png);
          const hottest = heat.indexOf(1);
          const truth = inTruth?.[k] ?? null;
          await folder!.row({
            ...own,
            ...of,
            class: explanation.className,
            probability,
            score,
            peak,
            hottest_x: hottest < 0 ? null : hottest % input.width,
            hottest_y: hottest < 0 ? null : Math.floor(hottest / input.width),
            ...(truth === null ? {} : { inside_truth: truth.inside, truth_area: truth.area }),
            picture,
          });
          await folder!.heat(heat);
          stamps.push({
            path,
            place: `stamp ${index}`,
            title: text,
            note: peak === 0 ? 'nothing speaks for this class' : null,
            inside: truth?.inside ?? null,
            image: dataUri(png),
          });
        }
      },
    );
    const truth = check === null ? null : check.figures(options.inputs.join(', '), options.seed ?? 0);
    const summary: ExplainSummary = {
      model: name,
      sha256: bundle.sha256,
      method,
      layer: explainer.layer === null ? null : layerText(explainer.layer),
      explained: stamps.length,
      empty,
      truth,
      out: options.out,
      ...run,
    };
    const page = renderExplanations({
      stamps,
      summary,
      randomised: options.randomise ?? null,
      generatedAt: new Date().toISOString(),
      provenance: provenanceOf(bundle, modelVersion, options),
    });
    await folder.close(page, summary);
    return summary;
  } catch (error) {
    await folder?.abort();
    throw error;
  } finally {
    await explainer.close();
    await check?.close();
  }
}

const noValue = 'no pixel has a value';

function reasonOf(pixels: Float64Array): string {
  return pixels.some(Number.isFinite) ? 'the network gave no finite number' : noValue;
}

function noAnswer(path: string, index: number): Failure {
  const error = new SurveyError('STAMP_NO_ANSWER', `stamp ${index} has no answer`, { path });
  return toFailure(error, path, null, 'STAMP_NO_ANSWER');
}

function noClass(name: string, { classes }: StampExplainer): SurveyError {
  const list = classes.map((each) => `"${each}"`).join(', ');
  return new SurveyError('EXPLAIN_CLASS', `there is no class "${name}"; there are ${list}`);
}

function layerText({ name, channels, height, width }: NonNullable<StampExplainer['layer']>): string {
  return `${name}, ${channels} channels of ${width} × ${height}`;
}

/** A class as part of a file's name. */
function fileWord(text: string): string {
  return text.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'class';
}
