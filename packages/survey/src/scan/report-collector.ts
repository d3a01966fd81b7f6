import { classCounts, TopList } from '../report/index.ts';
import type { ModelInfo } from '../analyser/types.ts';
import type { ExposureJudgement } from '../exposure-models/index.ts';
import { judgedAction } from '../outputs/judge-exposure.ts';
import { plural } from '../report/format.ts';
import type {
  ExposureGroup,
  JudgedExposure,
  ReportFailure,
  ReportPreview,
  ScanReportCounts,
  ScanReportImage,
} from '../report/index.ts';
import type { PlacedImage, RolledUpExposure, RolledUpFile } from './roll-up-files.ts';
import type { FileRecord } from './records.ts';

/** What a page shows of a scan: the likeliest images, the exposures with most flagged, the first failures. */
const mostImages = 10_000;
const mostExposures = 120;
const mostFailures = 2000;
const mostJudged = 200;

/** Its picture comes last, when it is known which are shown. */
export type CollectedImage = ScanReportImage & { preview: ReportPreview | null };

/** Collects what the report shows while the rolled-up scan passes by; memory does not grow with the scan. */
export class ReportCollector {
  readonly #images = new TopList<CollectedImage>(mostImages);
  readonly #exposures = new TopList<ExposureGroup>(mostExposures);
  readonly #open = new Map<string, ScanReportImage[]>();
  readonly #classes: Record<string, number> = {};
  readonly #count = {
    images: 0,
    flagged: 0,
    unjudged: 0,
    exposures: 0,
    exposuresFlagged: 0,
    bad: 0,
    undecided: 0,
  };
  #judged: TopList<JudgedExposure> | null = null;

  addFile({ file, images }: RolledUpFile): void {
    for (const placed of images) {
      const image = reportImage(file, placed);
      this.#count.images++;
      if (image.flagged) this.#count.flagged++;
      if (image.probability === null) this.#count.unjudged++;
      this.#images.offer(image, image.probability ?? -1);
      const others = this.#open.get(image.exposure);
      if (others) others.push(image);
      else this.#open.set(image.exposure, [image]);
    }
  }

  /** @param judged by a model of exposures @param categories in the order of its probabilities */
  addJudged(
    { name, images }: RolledUpExposure,
    judged: ExposureJudgement,
    categories: readonly string[],
  ): void {
    const { bad, decided, score, probabilities, neighbours, category, ccds, badCcds, noveltyShare } = judged;
    this.#judged ??= new TopList(mostJudged);
    if (bad) this.#count.bad++;
    if (!decided) this.#count.undecided++;
    if (!bad && decided) return;
    const entry: JudgedExposure = {
      ...{
        exposure: name,
        band: images[0]?.band ?? null,
        action: judgedAction(judged),
        ccds,
        badCcds,
        score,
        bad,
      },
      ...{ category, decided, noveltyShare, neighbours },
      probabilities: Object.fromEntries(categories.map((each, c) => [each, probabilities[c]])),
    };
    this.#judged.offer(entry, Number(bad), score);
  }

  addExposure({ name, failures }: RolledUpExposure): void {
    const group = { exposure: name, images: this.#open.get(name) ?? [], failures };
    this.#open.delete(name);
    const flagged = group.images.filter((image) => image.flagged).length;
    this.#count.exposures++;
    if (flagged > 0) this.#count.exposuresFlagged++;
    for (const { name: className, images } of classCounts(group)) {
      this.#classes[className] = (this.#classes[className] ?? 0) + images.length;
    }
    this.#exposures.offer(
      group,
      flagged,
      Math.max(0, ...group.images.map((image) => image.probability ?? 0)),
    );
  }

  /** Bad ones first, each part by falling score; undefined where no model of exposures judged. */
  get judged(): JudgedExposure[] | undefined {
    return this.#judged?.items;
  }

  /** What the roll-up of a model of exposures comes to. */
  notes({ exposures: rules }: ModelInfo): string[] {
    if (this.#judged === null || rules === undefined) return [];
    const { bad, undecided, exposures } = this.#count;
    const shown = bad + undecided > mostJudged ? `; the ${mostJudged} worst are shown` : '';
    return [
      `${bad.toLocaleString('en')} of ${plural(exposures, 'exposure')} bad; of ${undecided.toLocaleString('en')} the model does not know the category${shown}`,
      `An exposure is bad where more than ${rules.decision.moreThan} of its CCDs (of one with no more, all) reach ${rules.decision.probability.toPrecision(4)}; the rates of the threshold are of exposures`,
    ];
  }

  get images(): CollectedImage[] {
    return this.#images.items;
  }

  /** With most flagged first, then by highest probability. */
  get exposures(): ExposureGroup[] {
    return this.#exposures.items;
  }

  counts(failures: number): ScanReportCounts {
    return { ...this.#count, failures, classes: this.#classes };
  }
}

/** The failures a page shows. */
export function shownFailures(failures: readonly ReportFailure[]): readonly ReportFailure[] {
  return failures.slice(0, mostFailures);
}

function reportImage(file: FileRecord, { image, ids }: PlacedImage): CollectedImage {
  return {
    path: file.path,
    hdu: image.hdu,
    ccd: image.ccd,
    exposure: image.exposure,
    band: image.band,
    mjd: image.mjd,
    probability: image.probability,
    reason: image.reason,
    flagged: image.flagged,
    action: image.action,
    maskedFraction: image.maskedFraction,
    classes: image.classes,
    quality: image.quality,
    corners: image.corners,
    findings: image.findings.map((finding, i) => ({
      className: finding.className,
      probability: finding.probability,
      threshold: finding.threshold,
      flagged: finding.flagged,
      x: finding.x,
      y: finding.y,
      area: finding.area,
      eventId: ids[i],
      ra: finding.ra,
      dec: finding.dec,
    })),
    preview: null,
    maskPath: file.maskPath,
  };
}
