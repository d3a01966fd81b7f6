import { XMLValidator } from 'fast-xml-parser';
import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { thresholdForReviewBudget } from '@blemish/evaluate';
import { decamLayout, skyLayout } from '../src/report/focal-plane-layout.ts';
import { probabilityColor } from '../src/report/focal-plane-map.ts';
import { html } from '../src/report/html.ts';
import { encodePicture } from '../src/report/pictures.ts';
import { TopList, buildEvaluation, renderEvaluationReport, renderScanReport } from '../src/report/index.ts';
import type { EvaluatedImage, ReportPreview, ScanReportData, ScanReportImage } from '../src/report/index.ts';

const hostile = `</script><img src=x onerror="alert('1')">&\u0000\u2028.fits`;
const quality = {
  fwhm: 4.1,
  ellipticity: 0.05,
  sky: 1200,
  rms: 32,
  nStars: 900,
  transparency: null,
  zeroPoint: null,
  depthFactor: null,
};
const threshold = thresholdForReviewBudget(
  {
    split: 'validation',
    scores: Array.from({ length: 1500 }, (_, i) => (i % 3 === 0 ? 0.999 - (i % 97) / 300 : (i % 89) / 600)),
    labels: Array.from({ length: 1500 }, (_, i) => (i % 3 === 0 ? 1 : 0)),
    groups: Array.from({ length: 1500 }, (_, i) => i >> 2),
  },
  { samples: 100 },
);

function preview(): ReportPreview {
  const overlay = new Uint8Array(32 * 64);
  overlay.fill(1, 640, 960);
  return { width: 32, height: 64, pixels: new Uint8Array(32 * 64).map((_, i) => i % 251), overlay };
}

function image(part: Partial<ScanReportImage>): ScanReportImage {
  const flagged = part.flagged ?? false;
  const finding = {
    className: 'Ghost',
    probability: 0.97,
    threshold: 0.8,
    flagged: true,
    x: 10,
    y: 20,
    area: 300,
  };
  return {
    path: 'night/a.fits.fz',
    hdu: 1,
    ccd: 'N4',
    exposure: 'a',
    band: 'r',
    mjd: 60000,
    probability: flagged ? 0.97 : 0.01,
    reason: null,
    flagged,
    action: flagged ? 'mask' : 'ok',
    maskedFraction: flagged ? 0.02 : 0,
    classes: { Ghost: flagged ? 0.97 : 0.01, Satellite: 0.001 },
    findings: flagged ? [finding] : [],
    quality,
    preview: flagged ? preview() : null,
    maskPath: 'masks/a b#.fits.fz',
    ...part,
  };
}

function scan(part: Partial<ScanReportData> = {}): ScanReportData {
  const images = part.images ?? [image({ flagged: true }), image({ ccd: 'N5', hdu: 2 })];
  return {
    title: 'Night',
    generatedAt: '2024-06-01T10:00:00Z',
    command: 'blemish scan night',
    seconds: 12,
    totals: {
      processed: 1,
      skipped: 0,
      images: images.length,
      flagged: images.filter((i) => i.flagged).length,
    },
    classes: [{ name: 'Ghost' }, { name: 'Satellite', color: '#112233' }],
    model: { name: 'blemish-ccd', version: '0.1.0', sha256: 'ab'.repeat(32), trainedOn: 'simulated skies' },
    threshold,
    images,
    failures: [],
    versions: { node: 'v20' },
    settings: { workers: 2, format: null },
    ...part,
  };
}

/** Tags closed and nested, attributes quoted: void elements closed first, scripts and styles taken out. */
function wellFormed(page: string): unknown {
  const body = page
    .replace(/^<!doctype html>/, '')
    .replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '')
    .replace(/<(meta|img|input|br)\b([^>]*?)\/?>/g, '<$1$2/>')
    .replace(/ (disabled|checked|data-table|data-masktoggle)(?=[ />])/g, ' $1=""');
  return XMLValidator.validate(body);
}

/** Whatever could make a browser ask the network. */
function requests(page: string): string[] {
  return (
    page
      .replace(/data:image\/png;base64,[A-Za-z0-9+/=]*/g, '')
      .match(
        /(?:https?:|ftp:|\/\/)[^\s"']*|@import|url\((?!#)[^)]*\)|<(?:link|iframe|object|embed|base)\b/gi,
      ) ?? []
  );
}

describe('scan report', () => {
  test('is well-formed, complete in itself, and the same twice', () => {
    const page = renderScanReport(scan());
    expect(wellFormed(page)).toBe(true);
    expect(requests(page.replace(/<script>[\s\S]*<\/script>/, ''))).toEqual([]);
    expect(page).toContain('default-src &#39;none&#39;');
    expect(renderScanReport(scan())).toBe(page);
  });

  test('hostile names stay text everywhere', () => {
    const page = renderScanReport(
      scan({
        title: hostile,
        command: hostile,
        images: [
          image({
            path: hostile,
            exposure: hostile,
            ccd: hostile,
            band: hostile,
            flagged: true,
            maskPath: `javascript:alert(1)//${hostile}`,
            classes: { [hostile]: 0.9 },
            findings: [
              {
                className: hostile,
                probability: 1,
                threshold: 0,
                flagged: true,
                x: 0,
                y: 0,
                area: 1,
                eventId: hostile,
              },
            ],
          }),
          image({ probability: null, reason: hostile }),
        ],
        classes: [{ name: hostile, color: '";}</style><script>' }],
        failures: [{ path: hostile, hdu: null, code: hostile, error: hostile, exposure: hostile, ccd: 'N4' }],
        versions: { [hostile]: hostile },
        settings: { [hostile]: hostile },
        truth: [{ label: hostile, value: hostile }],
      }),
    );
    expect(page).not.toContain('<img src=x');
    expect(page).not.toMatch(/href="javascript:/);
    expect(page).not.toContain('";}</style>');
    expect(page.match(/<script/g)).toHaveLength(3);
    expect(wellFormed(page)).toBe(true);
    const data = /<script type="application\/json">([\s\S]*?)<\/script>/.exec(page)!;
    expect((JSON.parse(data[1]) as { rows: string[][] }).rows[0][1]).toBe(hostile);
  });

  test('failures, images not judged, an empty scan and no flag each say what they are', () => {
    const page = renderScanReport(
      scan({
        images: [image({ probability: null, reason: 'too small: 10 × 10 px', classes: { Ghost: null } })],
        failures: [
          { path: 'bad.fits', hdu: 3, code: 'TRUNCATED', error: 'cut short', exposure: 'a', ccd: 'N5' },
        ],
      }),
    );
    expect(page).toContain('too small: 10 × 10 px');
    expect(page).toContain('TRUNCATED');
    expect(page).toContain('No image is above the threshold.');
    expect(page).toContain('N5: could not be read');
    expect(wellFormed(renderScanReport(scan({ images: [] })))).toBe(true);
    expect(renderScanReport(scan({ simulated: true }))).toContain('Simulated images.');
  });

  test('an exposure of another camera shows the CCDs that failed, and has a map where all did', () => {
    const failure = (ccd: string) => ({
      ...{ path: 'bad.fits', hdu: 1, code: 'TRUNCATED', error: 'cut short', exposure: 'b', ccd },
    });
    const page = renderScanReport(
      scan({
        images: [image({ exposure: 'a', ccd: 'C1' })],
        failures: [failure('C1'), failure('C2')],
      }),
    );
    expect(page).toContain('C1: could not be read');
    expect(page).not.toMatch(/Infinity|NaN/);
  });

  test('says where one class is on several CCDs of an exposure', () => {
    const images = ['N4', 'N5', 'N11', 'N12'].map((ccd, i) => image({ ccd, hdu: i, flagged: i < 3 }));
    expect(renderScanReport(scan({ images }))).toMatch(/<strong>Ghost<\/strong>\s+on 3 of 4 CCDs of/);
  });

  test('10,000 images: pictures capped, one page of rows, in seconds', () => {
    const names = [...decamLayout.keys()];
    const images = Array.from({ length: 10_000 }, (_, i) =>
      image({ exposure: `e${Math.floor(i / 62)}`, ccd: names[i % 62], hdu: i % 62, flagged: i % 20 === 0 }),
    );
    const started = performance.now();
    const page = renderScanReport(scan({ images }));
    expect((performance.now() - started) / 1000).toBeLessThan(30);
    expect(page.length).toBeLessThan(8e6);
    expect(page.match(/<article /g)).toHaveLength(60);
    expect(page.match(/<tr/g)!.length).toBeLessThan(60);
    expect(page.match(/<figure/g)).toHaveLength(120);
  });

  test('pictures stop at their budget, cards stay', () => {
    const images = Array.from({ length: 10 }, (_, i) => image({ hdu: i, flagged: true }));
    const page = renderScanReport(scan({ images }), { pictureBudget: 4000 });
    expect(page.match(/<article /g)).toHaveLength(10);
    expect(page).toContain('no picture kept');
  });
});

describe('pictures', () => {
  test('first FITS row at the bottom; the mask edge strong, its filling faint, elsewhere nothing', () => {
    const overlay = new Uint8Array(64);
    for (let y = 1; y < 4; y++) overlay.fill(1, 8 * y + 2, 8 * y + 5);
    const picture = encodePicture(
      { width: 8, height: 8, pixels: Uint8Array.from({ length: 64 }, (_, i) => i), overlay },
      [],
      [1, 2, 3],
    );
    const png = (uri: string) => decode(Buffer.from(uri.split(',')[1], 'base64'));
    expect(png(picture.image).data[7 * 8]).toBe(0);
    expect(png(picture.image).data[0]).toBe(56);
    const alpha = (x: number, y: number) => png(picture.mask!).data[4 * ((7 - y) * 8 + x) + 3];
    expect([alpha(3, 2), alpha(2, 2), alpha(6, 6)]).toEqual([60, 235, 0]);
    expect(Array.from(png(picture.mask!).data.slice(4 * (5 * 8 + 3), 4 * (5 * 8 + 3) + 3))).toEqual([
      1, 2, 3,
    ]);
  });

  test('large previews are averaged down, thin masks survive', () => {
    const width = 1023;
    const height = 2047;
    const overlay = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) overlay[y * width + 500] = 1;
    const picture = encodePicture({ width, height, pixels: new Uint8Array(width * height), overlay }, []);
    expect(picture.width * picture.height).toBeLessThanOrEqual(320 * 640);
    const mask = decode(Buffer.from(picture.mask!.split(',')[1], 'base64'));
    let drawn = 0;
    for (let i = 3; i < mask.data.length; i += 4) if (mask.data[i] > 0) drawn++;
    expect(drawn).toBe(picture.height);
  });

  test('an empty mask is no picture', () => {
    const flat = { width: 2, height: 2, pixels: new Uint8Array(4), overlay: new Uint8Array(4) };
    expect(encodePicture(flat, []).mask).toBeNull();
  });
});

test('a list of the highest keeps what sorting all of them would, and gives back the rest', () => {
  const ranks = Array.from({ length: 500 }, (_, i) => (i * 7919) % 97);
  const top = new TopList<number>(60);
  const dropped = ranks.flatMap((rank, i) => top.offer(i, rank) ?? []);
  const sorted = ranks.map((_, i) => i).sort((a, b) => ranks[b] - ranks[a]);
  expect(top.items).toEqual(sorted.slice(0, 60));
  expect(dropped.sort((a, b) => a - b)).toEqual(sorted.slice(60).sort((a, b) => a - b));
  // With a rank of their own for ties, the order they come in says nothing.
  const other = new TopList<number>(60);
  for (const [i, rank] of [...ranks.entries()].reverse()) other.offer(i, rank, -i);
  expect(other.items).toEqual(top.items);
});

describe('focal plane', () => {
  test('62 CCDs that do not overlap, N below S, first of a row in the west', () => {
    expect(decamLayout.size).toBe(62);
    const centre = (name: string) => {
      const { points } = decamLayout.get(name)!;
      return [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis] / points.length, 0));
    };
    expect(centre('N1')[0]).toBeGreaterThan(centre('N7')[0]);
    expect(centre('N31')[1]).toBeGreaterThan(centre('N1')[1]);
    expect(centre('S31')[1]).toBeLessThan(centre('S1')[1]);
    const names = [...decamLayout.keys()];
    for (const a of names) {
      for (const b of names) {
        if (a >= b) continue;
        const [dx, dy] = [0, 1].map((axis) => Math.abs(centre(a)[axis] - centre(b)[axis]));
        expect(dx > 61.4 || dy > 30.7).toBe(true);
      }
    }
  });
  test('sky positions: north up, east left, across RA 0', () => {
    const box = (ra: number, dec: number) => [
      [ra - 0.1, dec - 0.1] as const,
      [ra + 0.1, dec - 0.1] as const,
      [ra + 0.1, dec + 0.1] as const,
    ];
    const [west, east] = skyLayout([box(359.5, 10), box(0.5, 10)])!;
    expect(east.points[0][0]).toBeLessThan(west.points[0][0]);
    expect(west.points[2][1]).toBeLessThan(west.points[1][1]);
    expect(skyLayout([box(0, 0), box(180, 0)])).toBeNull();
    expect(skyLayout([null])).toBeNull();
  });
  test('colours run from pale to dark', () => {
    expect(probabilityColor(0)).toBe('#e9edf1');
    expect(probabilityColor(1)).toBe('#b3400a');
    expect(probabilityColor(-3)).toBe('#e9edf1');
  });
});

test('html escapes what it is given and leaves out nothing by accident', () => {
  expect(html`<a title="${'"><b>'}">${0}${null}${false}${['x', html`<i>y</i>`]}</a>`.text).toBe(
    '<a title="&quot;&gt;&lt;b&gt;">0x<i>y</i></a>',
  );
});

describe('evaluation', () => {
  const classNames = ['Satellite', 'Ghost', 'Haze', 'Tape bump'];
  // Truth by turns; scores separate them but for every tenth image. 400 images of 100 exposures.
  const images: EvaluatedImage[] = Array.from({ length: 400 }, (_, i) => {
    const className = classNames[i % 3];
    const truth = i % 2 === 0 ? [{ className, snr: i % 8 === 0 ? 2 : 5 + (i % 50) }] : [];
    const seen = truth.length > 0 && i % 10 !== 0;
    const jitter = ((i * 7919) % 1000) / 1e5;
    return {
      group: `e${i >> 2}`,
      probability: (seen ? 0.95 : 0.05) + jitter,
      classes: Object.fromEntries(
        classNames.map((name) => [name, (seen && name === className ? 0.9 : 0.05) + jitter]),
      ),
      flaggedClasses: seen ? [className] : [],
      truth,
      overlaps:
        seen && className !== 'Haze'
          ? [{ className, overlap: { intersection: 60, union: 100, truth: 80, predicted: 80 } }]
          : undefined,
    };
  });
  const data = buildEvaluation({
    title: hostile,
    generatedAt: '2024-06-01T10:00:00Z',
    command: 'blemish evaluate',
    dataset: '400 simulated CCDs',
    settings: { seed: 1 },
    versions: { node: 'v20' },
    model: { name: 'm', version: '1', sha256: 'cd'.repeat(32), trainedOn: 'simulated skies' },
    threshold: { ...threshold, threshold: 0.5 },
    images,
    classNames,
    simulated: true,
    samples: 100,
  });

  test('counts, rules and undefined figures', () => {
    const { metrics, confusion } = data;
    // 50 of the 200 bad images are below signal-to-noise 5 and left out; 200 are good.
    expect(metrics.atThreshold.tp + metrics.atThreshold.fn).toBe(150);
    expect(metrics.atThreshold.fp + metrics.atThreshold.tn).toBe(200);
    expect(metrics.atThreshold.fp).toBe(0);
    expect(metrics.nGroups).toBe(100);
    expect(metrics.metrics['mean_iou'].value).toBeCloseTo(0.6, 12);
    expect(metrics.classes[2].iou).toBeNull();
    expect(metrics.classes[3].auc).toMatchObject({ value: null });
    expect(metrics.metrics['macro_auc'].value).not.toBeNull();
    const missed = images.filter(({ truth }, i) => truth.some(({ snr }) => snr >= 5) && i % 10 === 0).length;
    expect(metrics.atThreshold.fn).toBe(missed);
    expect(confusion.counts.slice(0, 4).reduce((sum, row) => sum + row[4], 0)).toBe(missed);
    expect(confusion.counts[4][4]).toBe(200);
    const recall = metrics.classes[0].recallBySnr.reduce((sum, bin) => sum + bin.n, 0);
    expect(recall).toBe(images.filter(({ truth }) => truth[0]?.className === 'Satellite').length);
  });

  test('metrics.json holds no NaN and survives JSON', () => {
    expect(JSON.parse(JSON.stringify(data.metrics))).toEqual(data.metrics);
    for (const [name, interval] of Object.entries(data.metrics.metrics)) {
      if (interval.value === null) expect(interval.reason).not.toBe('');
      else expect([interval.low, interval.value, interval.high].every(Number.isFinite), name).toBe(true);
    }
  });

  test('the page is well-formed, complete in itself, and says simulated', () => {
    const page = renderEvaluationReport(data);
    expect(wellFormed(page)).toBe(true);
    expect(requests(page.replace(/<script>[\s\S]*<\/script>/, ''))).toEqual([]);
    expect(page).toContain('Simulated test images.');
    expect(page).toContain('One score for all (baseline)');
    expect(page).not.toContain('<img src=x');
    expect(page).not.toContain('NaN');
    expect(renderEvaluationReport({ ...data, metrics: { ...data.metrics, simulated: false } })).not.toContain(
      'Simulated test',
    );
  });

  test('one class only still gives a page', () => {
    const clean = buildEvaluation({
      ...data,
      model: data.model,
      threshold,
      images: images.filter(({ truth }) => truth.length === 0),
      classNames,
      simulated: true,
      samples: 20,
    });
    expect(clean.metrics.metrics['auc'].value).toBeNull();
    expect(wellFormed(renderEvaluationReport(clean))).toBe(true);
    expect(() => buildEvaluation({ ...data, threshold, images: [], classNames, simulated: true })).toThrow(
      /images is empty/,
    );
  });
});
