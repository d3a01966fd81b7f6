import type { ThresholdChoice } from '@blemish/evaluate';
import { Wcs } from '@blemish/fits';
import type { Header } from '@blemish/fits';
import type { QualityFigures } from '@blemish/imaging';
import type { ExposureModel } from '../exposure-models/index.ts';
import { measureExposureCcd } from '../exposures/index.ts';
import { identifyImage } from '../inputs/identify.ts';
import { viewsPreview } from './views-preview.ts';
import type { CcdAnalyser, CcdAnalysis, CcdInput } from './types.ts';

/**
 * A model of exposures on one CCD at a time: views and statistics as its training made them, probabilities of the categories, nearest
 * labelled CCDs and novelty. What they say of the exposure together is rolled up when all of its CCDs have come.
 */
export class ExposureAnalyser implements CcdAnalyser {
  readonly info: CcdAnalyser['info'];
  readonly #model: ExposureModel;

  constructor(model: ExposureModel, threshold: ThresholdChoice) {
    const { name, version, provenance, decision, temperature, reasons } = model.description;
    const { data } = provenance;
    this.#model = model;
    this.info = {
      name,
      version,
      sha256: model.sha256,
      classes: [],
      trainedOn: `${data.simulated ? 'simulated exposures' : 'exposures'}, ${data.name}: ${data.exposures} with ${data.ccds} CCDs`,
      threshold,
      exposures: {
        categories: [...model.categories],
        temperature,
        reasons,
        decision: { ...decision, probability: threshold.threshold },
      },
    };
  }

  async analyse({ plane, mask, header, identity }: CcdInput): Promise<CcdAnalysis> {
    const model = this.#model;
    const { exposures, threshold } = this.info;
    if (header === null) throw new RangeError('a model of exposures needs the header of a CCD');
    const known = identity ?? identifyImage('', null, header, 0);
    const { views, row } = measureExposureCcd(plane, mask, header, known, model.views);
    const numbers = Object.fromEntries(
      Object.entries(row).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])),
    );
    const [judgement] = await model.judge([{ views, numbers, band: known.band ?? '' }]);
    const { probabilities, bad } = judgement;
    const flagged = bad >= threshold.threshold;
    return {
      probability: bad,
      reason: null,
      flagged,
      action: flagged ? 'review' : 'ok',
      maskedFraction: numbers['masked_fraction'] ?? 0,
      classes: Object.fromEntries(exposures!.categories.map((name, c) => [name, probabilities[c]])),
      findings: [],
      mask: null,
      quality: qualityOf(numbers, header),
      preview: flagged ? viewsPreview(views, model.views) : null,
      judgement: { ...judgement, probabilities: [...probabilities] },
    };
  }

  async close(): Promise<void> {
    await this.#model.close();
  }
}

/** Statistics of a set of exposures as the tables of a scan have them: widths in pixels, zero points of the whole exposure. */
function qualityOf(numbers: Readonly<Record<string, number | undefined>>, header: Header): QualityFigures {
  const figure = (name: string): number | null => numbers[name] ?? null;
  const [seeing, zeroPoint, exptime] = [figure('seeing'), figure('zero_point'), figure('exptime')];
  const scale = Wcs.fromHeader(header)?.pixelScaleArcsec ?? null;
  return {
    fwhm: seeing === null || scale === null ? null : seeing / scale,
    ellipticity: figure('ellipticity'),
    sky: figure('sky'),
    rms: figure('rms'),
    nStars: figure('n_stars'),
    transparency: figure('transparency'),
    zeroPoint: zeroPoint === null || exptime === null ? null : zeroPoint + 2.5 * Math.log10(exptime),
    depthFactor: figure('depth_factor'),
  };
}
