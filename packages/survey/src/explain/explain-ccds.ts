import { recycleArray } from '@blemish/imaging';
import { readOnnxGraph } from '@blemish/engine';
import type { ArrayValue } from '@blemish/engine';
import { probabilities } from '../analyser/probabilities.ts';
import { starts } from '../analyser/run-network.ts';
import type { Bundle } from '../bundle.ts';
import type { CcdDescription } from '../bundle-description.ts';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { findCompanions } from '../inputs/companions.ts';
import { expandInputs } from '../inputs/index.ts';
import { ccdFeatures, measureCcd } from '../preprocess/ccd-features.ts';
import type { CcdInput, CcdMeasurement } from '../preprocess/ccd-features.ts';
import { cellSize } from '../preprocess/evidence.ts';
import { channels, evidenceKinds, scalars as scalarNames } from '../preprocess/settings.ts';
import type { PreprocessSettings } from '../preprocess/settings.ts';
import { renderExplanations } from '../report/explanation-report.ts';
import type { ExplainedStamp } from '../report/explanation-report.ts';
import { dataUri } from '../report/pictures.ts';
import { OpenFiles } from '../scan/open-files.ts';
import { readCcdInput } from '../scan/analyse-image.ts';
import type { Column } from '../tables/index.ts';
import { artifactClass } from '../taxonomy.ts';
import { lastColumns } from './explanation-table.ts';
import { convolutions } from './layers.ts';
import { openExplainedNetwork } from './network.ts';
import type { ExplainedNetwork, Forward } from './network.ts';
import { ExplanationFolder } from './output.ts';
import { stampPicture } from './picture.ts';
import { provenanceOf } from './provenance.ts';
import { resizeHeat } from './resize-heat.ts';
import { gradientMethods } from './stamp-explainer.ts';
import { defaultLimit } from './types.ts';
import type { ExplainMethod, ExplainOptions, ExplainSummary } from './types.ts';

type GradientMethod = keyof typeof gradientMethods;

/**
 * Each CCD under the heat of one class: on the network's image of it, in bins. What the network is given beside the image (maps of evidence,
 * the mean star, numbers) has no place on it and is held as it is.
 * @throws SurveyError EXPLAIN_UNSUPPORTED for a method without gradients, OPTION_INVALID; else as `explain`
 */
export async function explainCcds(
  bundle: Bundle<'ccd'>,
  method: ExplainMethod,
  options: ExplainOptions,
): Promise<ExplainSummary> {
  const { description, sha256, folder: path } = bundle;
  if (!(method in gradientMethods)) {
    const list = Object.keys(gradientMethods).join(', ');
    throw new SurveyError('OPTION_INVALID', `CCDs are explained by --method ${list}, not by ${method}`);
  }
  if (options.againstTruth || options.randomise !== undefined)
    throw new SurveyError('OPTION_INVALID', '--against-truth and --randomise are for models of stamps');
  const { className } = options;
  if (className !== undefined && !description.classes.includes(className)) {
    const list = description.classes.map((name) => `"${name}"`).join(', ');
    throw new SurveyError('EXPLAIN_CLASS', `there is no class "${className}"; there are ${list}`);
  }
  const network = await openExplainedNetwork(
    { path, bytes: bundle.network, input: 'image', output: 'logits' },
    emptyFeeds(description.preprocess),
    { layer: options.layer ?? defaultLayer(bundle), threads: options.threads, gradients: true },
  );
  let folder: ExplanationFolder | null = null;
  const files = new OpenFiles();
  try {
    folder = await ExplanationFolder.open(options.out, ccdColumns, null, options.force ?? false);
    const run = new CcdRun(bundle, network, method as GradientMethod, options, folder, files);
    await run.all();
    const { name, channels: count, height, width } = network.layer!;
    const summary: ExplainSummary = {
      model: description.name,
      sha256,
      method,
      layer: `${name}, ${count} channels of ${width} × ${height}`,
      explained: run.explained.length,
      empty: run.unjudged,
      truth: null,
      out: options.out,
      stamps: run.images,
      files: run.files,
      failed: run.failed,
      limited: run.limited,
      interrupted: options.signal?.aborted === true,
    };
    const page = renderExplanations({
      stamps: run.explained,
      summary,
      randomised: null,
      generatedAt: new Date().toISOString(),
      provenance: provenanceOf(bundle, description.version, options),
    });
    await folder.close(page, summary);
    return summary;
  } catch (error) {
    await folder?.abort();
    throw error;
  } finally {
    await files.close();
    await network.close();
  }
}

/**
 * The network of `blemish-ccd` takes the largest value of its last maps, whose gradient is of one pixel alone; the stage that all others
 * are made from shows the whole of an artifact. Undefined for a network without it: then the usual choice holds.
 */
function defaultLayer({ network }: Bundle<'ccd'>): string | undefined {
  const names = convolutions(readOnnxGraph(network), 'image', 'logits').map(({ name }) => name);
  return names.includes('down0b') ? 'down0b' : undefined;
}

/** A class of a CCD with its heat over the CCD's bins. */
interface ExplainedCcd {
  readonly className: string;
  readonly probability: number;
  /** The class's logit, the largest of all canvases. */
  readonly score: number;
  /** [bins' height, bins' width], the largest value 1. */
  readonly heat: Float32Array;
  readonly peak: number;
}

class CcdRun {
  readonly explained: ExplainedStamp[] = [];
  readonly failed: Failure[] = [];
  images = 0;
  unjudged = 0;
  files = 0;
  limited = false;
  readonly #bundle: Bundle<'ccd'>;
  readonly #network: ExplainedNetwork;
  readonly #method: GradientMethod;
  readonly #options: ExplainOptions;
  readonly #folder: ExplanationFolder;
  readonly #open: OpenFiles;

  constructor(
    bundle: Bundle<'ccd'>,
    network: ExplainedNetwork,
    method: GradientMethod,
    options: ExplainOptions,
    folder: ExplanationFolder,
    open: OpenFiles,
  ) {
    this.#bundle = bundle;
    this.#network = network;
    this.#method = method;
    this.#options = options;
    this.#folder = folder;
    this.#open = open;
  }

  async all(): Promise<void> {
    const { inputs, signal, limit = defaultLimit } = this.#options;
    const { files, failures } = await expandInputs(inputs);
    failures.forEach((failure) => this.#fail(failure));
    if (files.length === 0 && failures.length === 0)
      throw new SurveyError('NO_INPUT', 'no FITS files there', { path: inputs.join(', ') });
    for (const { path, selectors } of files) {
      if (signal?.aborted || this.limited) return;
      try {
        const file = await this.#open.open(path);
        const hdus =
          selectors === null
            ? file.hdus.filter(({ kind }) => kind === 'image' || kind === 'compressed-image')
            : selectors.map((selector) => file.hdu(selector));
        const companions = await findCompanions(path);
        for (const { index } of hdus) {
          if (signal?.aborted) return;
          this.limited = this.images >= limit;
          if (this.limited) return;
          this.images++;
          await this.#image(path, index, companions);
          const done = { stamps: this.images, files: files.length, filesDone: this.files };
          this.#options.onProgress?.({ ...done, fraction: this.files / files.length });
        }
      } catch (error) {
        if (error instanceof SurveyError && error.exitCode !== 1) throw error;
        this.#fail(toFailure(error, path, null, 'READ_FAILED'));
      }
      this.files++;
    }
  }

  #fail(failure: Failure): void {
    this.failed.push(failure);
    this.#options.onFailure?.(failure);
  }

  async #image(path: string, hdu: number, companions: Parameters<typeof readCcdInput>[3]): Promise<void> {
    const { description, sha256 } = this.#bundle;
    const same = { path, hdu, method: this.#method, layer: this.#network.layer!.name };
    const of = { model: description.name, model_sha256: sha256 };
    let input: CcdInput;
    try {
      ({ input } = await readCcdInput(this.#open, path, hdu, companions));
    } catch (error) {
      this.#fail(toFailure(error, path, hdu, 'READ_FAILED'));
      return;
    }
    const ccd = measureCcd(input, description.preprocess);
    const isSmall = Math.min(input.plane.width, input.plane.height) < description.preprocess.minimumSide;
    if (ccd === null || isSmall) {
      this.unjudged++;
      await this.#folder.row({ ...same, ...of, reason: ccd === null ? 'no sky to measure' : 'too small' });
      return;
    }
    const found = await this.#explain(ccd);
    const { width, height, factor, mean } = ccd.bins;
    const { className, probability, score, heat, peak } = found;
    const title = `${className} ${probability.toFixed(3)}`;
    const lines = [title, `${this.#method} ${this.#network.layer!.name}`];
    const png = stampPicture({ pixels: mean, channels: 1, height, width, heat, lines });
    const number = String(this.explained.length).padStart(5, '0');
    const picture = await this.#folder.picture(number, png);
    await this.#folder.array(number, { shape: [height, width], data: heat });
    const hottest = heat.indexOf(1);
    const centre = (bin: number): number | null => (hottest < 0 ? null : (bin + 0.5) * factor - 0.5);
    await this.#folder.row({
      ...same,
      ...of,
      class: className,
      probability,
      score,
      peak,
      hottest_x: centre(hottest % width),
      hottest_y: centre(Math.floor(hottest / width)),
      picture,
    });
    const note = peak === 0 ? 'nothing on the image speaks for this class' : null;
    this.explained.push({ path, place: `HDU ${hdu}`, title, note, inside: null, image: dataUri(png) });
    recycleArray(ccd.plane.data);
  }

  /** The class asked for, else the likeliest that means something on this CCD, with its heat. */
  async #explain(ccd: CcdMeasurement): Promise<ExplainedCcd> {
    const { description } = this.#bundle;
    const { preprocess: settings, classes } = description;
    const perCell = cellSize / settings.binFactor;
    const canvases: { left: number; top: number; forward: Forward }[] = [];
    const logits = new Float32Array(classes.length).fill(-Infinity);
    for (const top of starts(ccd.bins.height, settings.canvasHeight, perCell)) {
      for (const left of starts(ccd.bins.width, settings.canvasWidth, perCell)) {
        const forward = await this.#network.forward(
          feedsOf(ccdFeatures(ccd, settings, left, top), settings),
          1,
        );
        forward.logits.forEach((logit, k) => (logits[k] = Math.max(logits[k], logit)));
        canvases.push({ left, top, forward });
      }
    }
    const defined = classes.map((name) => !artifactClass(name).needsMask || ccd.mask !== null);
    const each = probabilities(logits, description, defined).classes;
    const { className } = this.#options;
    const k =
      className === undefined
        ? each.reduce((best, p, i) => (defined[i] && p > (each[best] ?? -1) ? i : best), -1)
        : classes.indexOf(className);
    const heat = new Float32Array(ccd.bins.width * ccd.bins.height);
    for (const canvas of canvases) await this.#addHeat(heat, ccd.bins, canvas, k, settings);
    const peak = heat.reduce((most, value) => Math.max(most, value), 0);
    return {
      className: classes[k],
      probability: each[k],
      score: logits[k],
      heat: peak > 0 ? heat.map((value) => value / peak) : heat,
      peak,
    };
  }

  /** Takes the larger heat of each bin under a canvas. */
  async #addHeat(
    heat: Float32Array,
    bins: { readonly width: number; readonly height: number },
    { left, top, forward }: { readonly left: number; readonly top: number; readonly forward: Forward },
    k: number,
    { canvasWidth, canvasHeight }: PreprocessSettings,
  ): Promise<void> {
    const layer = this.#network.layer!;
    const weights = Float32Array.from(forward.logits, (_, i) => (i === k ? 1 : 0));
    const gradient = await this.#network.gradient(forward, weights);
    const map = gradientMethods[this.#method](forward.activation, gradient, layer);
    const size = { height: canvasHeight, width: canvasWidth };
    const own = resizeHeat(map, layer, size, layer.placement ?? undefined);
    for (let y = 0; y < Math.min(canvasHeight, bins.height - top); y++)
      for (let x = 0; x < Math.min(canvasWidth, bins.width - left); x++) {
        const at = (y + top) * bins.width + x + left;
        heat[at] = Math.max(heat[at], own[y * canvasWidth + x]);
      }
  }
}

type CcdFeeds = Readonly<Record<'image' | 'evidence' | 'stars' | 'scalars', Float32Array>>;

function feedsOf(
  { image, evidence, stars, scalars }: CcdFeeds,
  { canvasWidth, canvasHeight, binFactor, starSize }: PreprocessSettings,
): Readonly<Record<string, ArrayValue>> {
  const perCell = cellSize / binFactor;
  const cells = [canvasHeight / perCell, canvasWidth / perCell];
  return {
    image: { data: image, shape: [1, channels.length, canvasHeight, canvasWidth] },
    evidence: { data: evidence, shape: [1, evidenceKinds.length, ...cells] },
    stars: { data: stars, shape: [1, 1, starSize, starSize] },
    scalars: { data: scalars, shape: [1, scalars.length] },
  };
}

/** A canvas of zeros, by which the maps are measured. */
function emptyFeeds(settings: CcdDescription['preprocess']): Readonly<Record<string, ArrayValue>> {
  const { canvasWidth, canvasHeight, binFactor, starSize } = settings;
  const area = canvasWidth * canvasHeight;
  const perCell = cellSize / binFactor;
  const zeros = {
    image: new Float32Array(channels.length * area),
    evidence: new Float32Array((evidenceKinds.length * area) / perCell ** 2),
    stars: new Float32Array(starSize ** 2),
    scalars: new Float32Array(scalarNames.length),
  };
  return feedsOf(zeros, settings);
}

const ccdColumns: readonly Column[] = [
  { name: 'path', type: 'string', description: 'input file' },
  { name: 'hdu', type: 'int', description: 'number of the HDU; 0 is the primary' },
  { name: 'class', type: 'string', description: 'the class that is explained', ucd: 'meta.code.class' },
  { name: 'probability', type: 'double', description: 'of that class, calibrated', ucd: 'stat.probability' },
  { name: 'score', type: 'double', description: "the class's logit" },
  { name: 'peak', type: 'double', description: 'largest heat before it was brought to 1' },
  { name: 'hottest_x', type: 'double', description: 'column of the hottest bin, from 0', unit: 'pixel' },
  { name: 'hottest_y', type: 'double', description: 'row of the hottest bin, from 0', unit: 'pixel' },
  ...lastColumns,
];
