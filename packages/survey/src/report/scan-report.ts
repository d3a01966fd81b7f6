import { attentionList, classCounts } from './attention.ts';
import { classColors } from './class-colors.ts';
import { dataTable } from './data-table.ts';
import { focalPlaneMap, mapPatterns, probabilityColor } from './focal-plane-map.ts';
import { formatDuration, formatPercent, plural } from './format.ts';
import { Html, html } from './html.ts';
import { imageCard } from './image-card.ts';
import { judgedSection } from './judged-section.ts';
import { nameValueList, renderPage, tiles } from './page.ts';
import type { Section } from './page.ts';
import { encodePicture } from './pictures.ts';
import type { Picture } from './pictures.ts';
import { thresholdSection } from './threshold-section.ts';
import type {
  ExposureGroup,
  ReportFailure,
  ScanReportCounts,
  ScanReportData,
  ScanReportImage,
} from './types.ts';

export interface ScanReportOptions {
  /** Cards of flagged images, the likeliest first (60). */
  readonly maxPictures?: number;
  /** Bytes all pictures may take in the page (30 MB); later cards then have none. */
  readonly pictureBudget?: number;
  /** Exposure maps (120), those with most flagged first. */
  readonly maxMaps?: number;
}

/**
 * The report of a scan as one self-contained HTML page: totals, what to look at first, exposures as focal-plane maps,
 * flagged images with the mask drawn over, the threshold's error rates, every image in a sortable table, failures,
 * provenance. Deterministic in its input; stands 10,000 images, of a larger scan the likeliest are given (`ScanReportData.counts`).
 */
export function renderScanReport(data: ScanReportData, options: ScanReportOptions = {}): string {
  const { maxPictures = 60, pictureBudget = 30e6, maxMaps = 120 } = options;
  const colors = classColors(data.classes);
  const colorOf = new Map(colors.map((color) => [color.name, color]));
  const flagged = data.images
    .filter((image) => image.flagged)
    .sort((a, b) => (b.probability ?? 0) - (a.probability ?? 0));
  const pictured = flagged.slice(0, maxPictures);
  const ids = new Map(pictured.map((image, i) => [image, `image-${i + 1}`]));
  const linkTo = (image: ScanReportImage): string | null => ids.get(image) ?? null;
  const groups = data.exposures ?? groupByExposure(data.images, data.failures);
  const counts = data.counts ?? countAll(data, groups);

  let spent = 0;
  const cards = pictured.map((image) => {
    let picture: Picture | null = null;
    if (image.preview != null && spent < pictureBudget) {
      const found = [...new Set(image.findings.filter((f) => f.flagged).map((f) => f.className))];
      const sole = found.length === 1 ? colorOf.get(found[0])?.rgb : undefined;
      picture = encodePicture(image.preview, colors, sole);
      spent += picture.image.length + (picture.mask?.length ?? 0);
      if (spent > pictureBudget) picture = null;
    }
    return imageCard(image, ids.get(image)!, picture, colorOf);
  });

  const shownMaps = groups.slice(0, maxMaps);
  const sections: Section[] = [
    {
      id: 'first',
      title: 'Look at these first',
      body: attentionList(data, counts, groups, linkTo),
    },
    ...(data.judged === undefined
      ? []
      : [
          {
            id: 'judged',
            title: 'Bad and doubtful exposures',
            aside: plural(data.judged.length, 'exposure'),
            body: judgedSection(data.judged, pictured, linkTo),
          },
        ]),
    {
      id: 'exposures',
      title: 'Exposures',
      aside: `${counts.exposures.toLocaleString('en')}${counts.exposures > shownMaps.length ? `, the ${shownMaps.length} with most flagged shown` : ''}`,
      body: exposureMaps(shownMaps, linkTo),
    },
    {
      id: 'flagged',
      title: 'Flagged images',
      aside:
        counts.flagged > pictured.length
          ? `the ${pictured.length} likeliest of ${counts.flagged.toLocaleString('en')}; all are in ${counts.images > data.images.length ? 'images.parquet' : 'the table'}`
          : plural(counts.flagged, 'image'),
      body:
        flagged.length === 0
          ? html`<p>No image is above the threshold.</p>`
          : html`<div class="found">
                ${Object.entries(counts.classes)
                  .sort((a, b) => b[1] - a[1])
                  .map(
                    ([name, count]) =>
                      html`<div>
                        <span
                          class="swatch"
                          style="background:${colorOf.get(name)?.color ?? '#9aa5b1'}"
                        ></span
                        >${name}<b>${count.toLocaleString('en')}</b>
                      </div>`,
                  )}
              </div>
              ${data.judged === undefined ? maskControls : html`<p class="muted">The whole CCD, then crops at full resolution.</p>`}
              <div class="cards">${cards}</div>`,
    },
    {
      id: 'threshold',
      title: 'Threshold and error rates',
      body: thresholdSection(data.threshold, data.model.trainedOn),
    },
    {
      id: 'images',
      title: counts.images > data.images.length ? 'Images' : 'All images',
      aside:
        counts.images > data.images.length
          ? `the ${data.images.length.toLocaleString('en')} likeliest of ${counts.images.toLocaleString('en')}; all are in images.parquet`
          : plural(counts.images, 'image'),
      body: imageTable(data.images, linkTo),
    },
    {
      id: 'failures',
      title: 'Failures',
      aside:
        counts.failures === 0
          ? 'none'
          : `${plural(counts.failures, 'input')}${counts.failures > data.failures.length ? `, the first ${data.failures.length.toLocaleString('en')} shown; all are in scan.json` : ''}`,
      body: failureTable(data.failures),
    },
    { id: 'provenance', title: 'Provenance', body: provenance(data) },
  ];

  const judged = counts.images - counts.unjudged;
  return renderPage({
    title: data.title,
    subtitle: html`${plural(data.totals.images, 'image')} of ${plural(counts.exposures, 'exposure')}, scanned
    ${data.generatedAt.slice(0, 16).replace('T', ' ')} UTC with ${data.model.name} ${data.model.version}`,
    summary: html`${
      data.simulated === true
        ? html`<p class="banner">
            <b>Simulated images.</b> The sky and its artifacts were made by
            <span class="mono">blemish simulate</span>; nothing here was observed.
          </p>`
        : ''
    }${tiles([
      {
        label: 'flagged',
        value: data.totals.flagged.toLocaleString('en'),
        note:
          judged > 0
            ? `${formatPercent(data.totals.flagged / judged)} of ${judged.toLocaleString('en')} judged`
            : undefined,
      },
      {
        label: 'exposures with a flag',
        value: counts.exposuresFlagged.toLocaleString('en'),
        note: `of ${counts.exposures.toLocaleString('en')}`,
      },
      {
        label: 'failed',
        value: counts.failures.toLocaleString('en'),
        note:
          data.totals.skipped > 0
            ? `${plural(data.totals.skipped, 'file')} without image skipped`
            : undefined,
        tone: counts.failures > 0 ? 'bad' : undefined,
      },
      {
        label: 'not judged',
        value: counts.unjudged.toLocaleString('en'),
        note: counts.unjudged > 0 ? 'reasons in the table' : undefined,
      },
      {
        label: 'time',
        value: formatDuration(data.seconds),
        note:
          data.totals.images > 0 ? `${(data.seconds / data.totals.images).toFixed(2)} s an image` : undefined,
      },
    ])}${
      data.truth === undefined || data.truth.length === 0
        ? ''
        : html`<div style="margin-top:18px">
            <h3>Against the simulator’s truth</h3>
            ${nameValueList(data.truth.map(({ label, value }) => [label, value] as const))}
          </div>`
    }`,
    sections,
    footer: html`Written by Blemish. This page is complete in itself: it loads nothing from the network.`,
  });
}

const maskControls = html`<p class="muted">Images on which each class was found.</p>
  <div class="controls">
    <label><input type="checkbox" checked data-masktoggle />Masks drawn over the pictures</label>
  </div>`;

function countAll(data: ScanReportData, groups: readonly ExposureGroup[]): ScanReportCounts {
  const classes: Record<string, number> = {};
  for (const group of groups) {
    for (const { name, images } of classCounts(group)) classes[name] = (classes[name] ?? 0) + images.length;
  }
  return {
    images: data.images.length,
    flagged: data.images.filter((image) => image.flagged).length,
    unjudged: data.images.filter((image) => image.probability === null).length,
    failures: data.failures.length,
    exposures: groups.length,
    exposuresFlagged: groups.filter((group) => group.images.some((image) => image.flagged)).length,
    classes,
  };
}

/** Exposures by falling number of flagged images, then by highest probability, then by name. */
function groupByExposure(
  images: readonly ScanReportImage[],
  failures: readonly ReportFailure[],
): ExposureGroup[] {
  const groups = new Map<
    string,
    { exposure: string; images: ScanReportImage[]; failures: ReportFailure[] }
  >();
  const groupOf = (exposure: string) => {
    const group = groups.get(exposure) ?? { exposure, images: [], failures: [] };
    groups.set(exposure, group);
    return group;
  };
  for (const image of images) groupOf(image.exposure === '' ? image.path : image.exposure).images.push(image);
  for (const failure of failures) {
    if (failure.exposure !== undefined && failure.ccd !== undefined)
      groupOf(failure.exposure).failures.push(failure);
  }
  const rank = new Map(
    [...groups.values()].map((group) => [
      group,
      [
        group.images.filter((image) => image.flagged).length,
        Math.max(0, ...group.images.map((image) => image.probability ?? 0)),
      ] as const,
    ]),
  );
  return [...groups.values()].sort((a, b) => {
    const [p, q] = [rank.get(a)!, rank.get(b)!];
    return q[0] - p[0] || q[1] - p[1] || a.exposure.localeCompare(b.exposure, 'en', { numeric: true });
  });
}

function exposureMaps(
  groups: readonly ExposureGroup[],
  linkTo: (image: ScanReportImage) => string | null,
): Html {
  const key = (fill: string, stroke: string, label: string): Html =>
    html`<span
      ><svg width="22" height="14" aria-hidden="true">
        <path d="M2 2H20V12H2Z" ${new Html(`fill="${fill}" ${stroke}`)} /></svg
      >${label}</span
    >`;
  const steps = [0, 0.25, 0.5, 0.75, 1].map(
    (p, i) => `<path d="M${18 * i} 2h18v10h-18z" fill="${probabilityColor(p)}"/>`,
  );
  return html`${mapPatterns}
    <div class="legend">
      <span
        >probability 0
        <svg width="90" height="14" aria-hidden="true" style="margin:0 4px">${new Html(steps.join(''))}</svg>
        1</span
      >${key('#f0a04b', 'stroke="#1f2933" stroke-width="2.5"', 'flagged')}${key('#fff', 'stroke="#9aa5b1" stroke-dasharray="3 2"', 'not judged')}${key('url(#failed)', 'stroke="#3e4c59"', 'failed')}${key('none', 'stroke="#d5dbe1"', 'not in the scan')}<span
        >north up, east left</span
      >
    </div>
    <div class="maps">
      ${groups.map((group) => {
        const count = group.images.filter((image) => image.flagged).length;
        const main = classCounts(group)
          .slice(0, 2)
          .map(({ name, images }) => (images.length > 1 ? `${name} ×${images.length}` : name));
        const band = group.images.find((image) => image.band !== null)?.band;
        return html`<figure>
          ${focalPlaneMap(group, linkTo)}
          <figcaption>
            <span class="name" title="${group.exposure}">${group.exposure}</span
            ><span class="muted"
              >${band == null ? '' : `${band} · `}${count} of ${plural(group.images.length, 'image')}
              flagged${main.length > 0 ? html`<br />${main.join(', ')}` : ''}</span
            >
          </figcaption>
        </figure>`;
      })}
    </div>`;
}

function imageTable(
  images: readonly ScanReportImage[],
  linkTo: (image: ScanReportImage) => string | null,
): Html {
  if (images.length === 0) return html`<p>No image was processed.</p>`;
  const sorted = [...images].sort((a, b) => (b.probability ?? -1) - (a.probability ?? -1));
  const top = (image: ScanReportImage): string | null => {
    let best: string | null = null;
    let value = 0.02;
    for (const [name, p] of Object.entries(image.classes)) {
      if (p !== null && p > value) {
        best = name;
        value = p;
      }
    }
    return image.probability === null ? image.reason : best;
  };
  return dataTable({
    columns: [
      { label: 'Exposure', kind: 'text' },
      { label: 'CCD', kind: 'text', link: true },
      { label: 'Band', kind: 'text' },
      { label: 'Probability', kind: 'number', digits: 3 },
      { label: 'Likeliest class', kind: 'text' },
      { label: 'Action', kind: 'text' },
      { label: 'Masked', kind: 'percent', digits: 2 },
      { label: 'FWHM px', kind: 'number', digits: 2 },
      { label: 'Ellipt.', kind: 'number', digits: 2 },
      { label: 'Sky', kind: 'number', digits: 1 },
      { label: 'Rms', kind: 'number', digits: 2 },
      { label: 'Stars', kind: 'number', digits: 0 },
      { label: 'Transp.', kind: 'number', digits: 2 },
      { label: 'File', kind: 'wrap' },
    ],
    rows: sorted.map((image) => {
      const q = image.quality;
      return [
        image.exposure,
        image.ccd === '' ? `HDU ${image.hdu}` : image.ccd,
        image.band,
        image.probability,
        top(image),
        image.action,
        image.maskedFraction,
        q.fwhm,
        q.ellipticity,
        q.sky,
        q.rms,
        q.nStars,
        q.transparency,
        `${image.path}[${image.hdu}]`,
      ];
    }),
    flags: sorted.map((image) => image.flagged),
    links: sorted.map(linkTo),
    sortedBy: { column: 3, descending: true },
    searchLabel: 'Find exposure, CCD, class, file…',
  });
}

function failureTable(failures: readonly ReportFailure[]): Html {
  if (failures.length === 0) return html`<p>Every input was read.</p>`;
  return dataTable({
    columns: [
      { label: 'File', kind: 'wrap' },
      { label: 'HDU', kind: 'number', digits: 0 },
      { label: 'Code', kind: 'text' },
      { label: 'What happened', kind: 'wrap' },
    ],
    rows: failures.map(({ path, hdu, code, error }) => [path, hdu, code, error]),
    searchLabel: 'Find file or code…',
  });
}

function provenance(data: ScanReportData): Html {
  const text = (value: string | number | boolean | null): string => (value === null ? '–' : String(value));
  return html`<div class="columns">
    <div>
      <h3>Model</h3>
      ${nameValueList([
        ['Name', `${data.model.name} ${data.model.version}`],
        ['SHA-256', html`<span class="mono">${data.model.sha256}</span>`],
        ['Trained on', data.model.trainedOn],
        ['Classes', data.classes.map(({ name }) => name).join(', ')],
      ])}
    </div>
    <div>
      <h3>Run</h3>
      ${nameValueList([
        ['Command', html`<span class="mono">${data.command}</span>`],
        ['Finished', data.generatedAt],
        ['Files', `${plural(data.totals.processed, 'file')} processed, ${data.totals.skipped} skipped`],
        ...Object.entries(data.versions).map(
          ([name, value]) => [name, html`<span class="mono">${value}</span>`] as const,
        ),
      ])}
    </div>
    <div>
      <h3>Settings</h3>
      ${nameValueList(
        Object.entries(data.settings).map(
          ([name, value]) => [name, html`<span class="mono">${text(value)}</span>`] as const,
        ),
      )}
    </div>
  </div>`;
}
