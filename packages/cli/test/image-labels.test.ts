import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFitsFile } from '@blemish/fits/node';
import { readLabels, requireSoundLabels } from '@blemish/survey';
import type { LabelCheck } from '@blemish/survey';
import { exposureBytes } from './helpers/night.ts';
import { run, runJson } from './helpers/main.ts';

let root: string;
let images: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-image-labels-'));
  images = join(root, 'night');
  await mkdir(images);
  const size = { width: 64, height: 96 };
  const a = exposureBytes(229650, [
    { name: 'S4', ...size },
    { name: 'N4', ...size },
  ]);
  await writeFile(join(images, 'c4d_150110_053718_ooi_r_v1.fits'), a);
  // The same exposure under another name, as a second release has it.
  await writeFile(join(images, 'copy.fits'), a);
  await writeFile(join(images, 'other.fits'), exposureBytes(229651, [{ name: 'S4', ...size }]));
  // A pipeline mask of another size.
  await writeFile(
    join(images, 'c4d_150110_053718_ood_r_v1.fits'),
    exposureBytes(229650, [{ name: 'S4', width: 64, height: 95 }]),
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

const put = async (name: string, text: string): Promise<string> => {
  await writeFile(join(root, name), text);
  return join(root, name);
};
const header = 'image,exposure,ccd,class,kind,coordinates,wrong_mask,annotator';

describe('dataset check of labels', () => {
  it('names every kind of mistake with file and row, counts them and exits with 1', async () => {
    const labels = await put(
      'bad.csv',
      [
        header,
        'other.fits,,S4,Gohst,point,3 4,,ann', // 1: unknown class
        'other.fits,,S4,Ghost,point,64 4,,ann', // 2: x runs from 0 to 63
        'other.fits,,S4,Haze,image,,,ann',
        'other.fits,,S4,No artifact,image,,,bob', // 4: against rows 2 and 3
        'c4d_150110_053718_ooi_r_v1.fits,,S4,Satellite,box,30 40 20 2 10,,ann', // 5: against row 6 by its pixels
        'copy,,S4,Haze,image,,,ann',
        'none.fits,,S4,Haze,image,,,ann', // 7: no such image
        'copy,,S9,Haze,image,,,ann', // 8: no such CCD
        ',229650,S4,Haze,image,,,ann', // 9: two files have this exposure
        'c4d_150110_053718_ooi_r_v1.fits,,N4,Ghost,circle,-10 40 20,,ann', // the centre of a ghost may be off the CCD
        'copy.fits,,2,Ghost,circle,-10 40 20,,ann',
      ].join('\n'),
    );
    const { code, out } = await run('dataset', 'check', labels, '--images', images);
    expect(code).toBe(1);
    for (const line of [
      'labels of an unknown class: 1',
      `${labels} row 1: 'Gohst', the nearest known are 'Ghost', `,
      'labels outside their image: 1',
      `${labels} row 2: point (64, 4) lies outside ${join(images, 'other.fits')}[1] of 64 × 96 pixels`,
      'labels whose image is not there: 3',
      `${labels} row 7: none.fits[S4]: no such image`,
      `${labels} row 8: copy[S9]: no CCD 'S9' in copy.fits`,
      `${labels} row 9: 229650[S4]: not one image but 2`,
      'images with labels that contradict each other: 1',
      'No artifact by bob',
      'images that are there twice, with other labels: 1',
      'masks of another size than their image: 1',
      '64 × 95 pixels, its image',
    ])
      expect(out).toContain(line);
    const json = JSON.parse(
      (await run('dataset', 'check', labels, '--images', images, '--json')).out,
    ) as LabelCheck;
    expect(json).toMatchObject({ labels: 11, images: 5, clean: false });
    expect(json.counts).toEqual({
      ...{ 'unknown-class': 1, 'no-image': 3, 'outside-image': 1, 'mask-size': 1 },
      ...{ 'no-mask': 0, 'mask-without-image': 0, contradiction: 1, 'same-pixels': 1, unreadable: 0 },
    });
    expect(json.problems.find(({ kind }) => kind === 'contradiction')?.places.map(({ row }) => row)).toEqual([
      4, 1, 2, 3,
    ]);
    const read = await readLabels(labels);
    await expect(requireSoundLabels(read.labels, { images: [images] })).rejects.toMatchObject({
      code: 'LABELS_REFUSED',
      message: expect.stringMatching(
        /1 labels of an unknown class \(first: .*row 1.*dataset check/,
      ) as string,
    });
  });

  it('is content with labels that fit, and matches exposures however their number is written', async () => {
    const labels = await put(
      'good.csv',
      [
        header,
        ',DECam_00229651,S4,Ghost,point,63 95,,ann',
        ',D229651,1,Column mask,point,0 0,true,ann',
        'other,,S4,Satellite,polyline,-20 3 90 40,,bob',
      ].join('\n'),
    );
    const check = await runJson<LabelCheck>(
      'dataset',
      'check',
      labels,
      '--images',
      join(images, 'other.fits'),
    );
    expect(check).toMatchObject({ labels: 3, labelled: 1, images: 1, clean: true });
    expect((await run('dataset', 'check', labels)).out).toContain('images not looked at (--images)');
  });

  it('says what belongs to tables and what to labels', async () => {
    const labels = join(root, 'good.csv');
    for (const [flags, message] of [
      [['--tolerance', '1'], '--tolerance is for tables'],
      [['--masks', images], '--masks needs --images'],
      [['--recipe', 'r.toml', '--images', images], '--images and --masks are for labels'],
      [['--flip', 'x'], "the flip 'x' is for positions of the Exposure Checker"],
    ] as const)
      expect(await run('dataset', 'check', labels, ...flags)).toMatchObject({
        code: 2,
        err: expect.stringContaining(message) as string,
      });
    expect((await run('dataset', 'check', images)).err).toContain('is a folder');
  });

  it('takes --class, lets a good image be awesome, and says what a picture is to the image of its name', async () => {
    const labels = await put(
      'words.csv',
      [
        header,
        'other.fits,,S4,Sat,point,3 4,,ann',
        'copy.fits,,S4,No artifact,image,,,ann',
        'copy.fits,,S4,Awesome,image,,,bob',
      ].join('\n'),
    );
    const flags = ['--images', images, '--json'];
    const counts = async (...more: string[]) =>
      (JSON.parse((await run('dataset', 'check', labels, ...flags, ...more)).out) as LabelCheck).counts;
    expect(await counts()).toMatchObject({ 'unknown-class': 1, contradiction: 0 });
    expect(await counts('--class', 'Sat=Satellite')).toMatchObject({ 'unknown-class': 0 });
    const picture = await put('picture.csv', `${header}\nother.png,,,Ghost,point,3 4,,ann\n`);
    expect((await run('dataset', 'check', picture, '--images', images)).out).toMatch(
      /rows run from its top.*other\.fits/,
    );
  });

  it('names masks without an image and labelled images without a mask', async () => {
    const labels = await put(
      'masked.csv',
      [header, 'copy.fits,,S4,Ghost,point,3 4,,ann', 'other.fits,,S4,Ghost,point,3 4,,ann'].join('\n'),
    );
    const masks = join(root, 'some-masks');
    await mkdir(masks);
    const size = { width: 64, height: 96 };
    await writeFile(join(masks, 'copy_mask.fits'), exposureBytes(1, [{ name: 'N4', ...size }]));
    await writeFile(join(masks, 'elsewhere_mask.fits'), exposureBytes(1, [{ name: 'S4', ...size }]));
    const { out } = await run('dataset', 'check', labels, '--images', images, '--masks', masks);
    for (const line of [
      'labelled images without a mask among those given: 2',
      `no mask of ${join(images, 'copy.fits')}[1] in ${join(masks, 'copy_mask.fits')}`,
      `no mask of ${join(images, 'other.fits')}[1] in ${masks}`,
      'masks without an image: 1',
      join(masks, 'elsewhere_mask.fits'),
    ])
      expect(out).toContain(line);
  });
});

describe('dataset import and export', () => {
  it('brings labels of the Exposure Checker to ds9 and back', async () => {
    const checker = await put(
      'checker.csv',
      'expname,ccd,band,problem,x,y,userid\nD00229650,2,r,32,500,100,7\nD00229650,2,r,-54,10,20,7\nD00229650,3,r,0,,,8\n',
    );
    const labels = join(root, 'labels.csv');
    const made = await runJson<{ labels: number; classes: Record<string, number> }>(
      ...['dataset', 'import', checker, '--out', labels],
    );
    expect(made).toMatchObject({ labels: 3, classes: { Ghost: 1, 'Cosmic ray': 1, 'No artifact': 1 } });
    const { code, err } = await run(
      'dataset',
      'export',
      labels,
      '--format',
      'ds9',
      '--out',
      join(root, 'regions'),
    );
    expect([code, err]).toEqual([0, expect.stringContaining('1 labels of whole images left out') as string]);
    expect(await readFile(join(root, 'regions/D00229650.reg'), 'utf8')).toContain(
      'point(401.00,2001.00) # color=#7570b3 text={Ghost} tag={Ghost} tag={annotator 7}',
    );
    const back = join(root, 'back.csv');
    await run('dataset', 'import', join(root, 'regions/D00229650.reg'), '--out', back);
    expect(await readFile(back, 'utf8')).toContain(',D00229650,2,,Cosmic ray,point,80 40,true,7');
    expect((await run('dataset', 'import', checker, '--out', back)).err).toContain('is there already');
    expect((await run('dataset', 'export', labels, '--out', join(root, 'x.json'))).err).toContain(
      '--format is needed',
    );
  });

  it('settles the flip of positions by stars', async () => {
    const checker = await put('one.csv', 'expname,ccd,problem,x,y\nE1,2,32,0,0\n');
    const stars = await put('stars.csv', 'x,y,ccd_x,ccd_y\n100,50,1844,400\n900,300,844,3600\n');
    const labels = join(root, 'flipped.csv');
    const { err } = await run('dataset', 'import', checker, '--stars', stars, '--out', labels);
    expect(err).toContain('note: flip x: stars lie 0 px');
    expect(await readFile(labels, 'utf8')).toContain('E1,2,,Ghost,point,2044 0,');
  });
});

describe('simulate exposures --labels', () => {
  it.each([
    [['--labels', '--label-noise', 'completeness=1.5'], /to 1 for completeness/],
    [['--labels', '--label-noise', 'toString=1'], /'toString=1' must be one of completeness/],
    [['--label-noise', 'completeness=0.5'], /give --labels, too/],
  ])('refuses %j', async (flags, message) => {
    const out = join(root, 'refused');
    const { code, err } = await run('simulate', 'exposures', '--n', '1', '--out', out, ...flags);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it(
    'writes what a person would report, on the pixels of the truth, and the check is content',
    { timeout: 60_000 },
    async () => {
      const night = join(root, 'simulated');
      const made = await run(
        ...[
          'simulate',
          'exposures',
          '--n',
          '2',
          '--seed',
          '700300',
          '--ccds',
          '2',
          '--width',
          '512',
          '--height',
          '512',
        ],
        ...['--artifacts', 'Satellite,Bright arc', '--out', night, '--labels', '--threads', '1'],
        ...['--label-noise', 'completeness=1,halfSnr=0,wrongClass=0,wrongPlace=0,clickSigma=0,spurious=0'],
      );
      expect(made.code).toBe(0);
      const reports = join(night, 'truth', 'point-labels.csv');
      const { labels } = await readLabels(reports);
      const truth = (await readFile(join(night, 'truth', 'artifacts.csv'), 'utf8'))
        .trimEnd()
        .split('\n')
        .slice(1);
      const bad = labels.filter(({ className }) => className !== 'No artifact');
      expect(bad.map(({ image, className }) => `${image} ${className}`).sort()).toEqual(
        truth
          .map((line) => line.split(','))
          .map((cells) => `${cells[0]} ${cells[4]}`)
          .sort(),
      );
      expect((await run('dataset', 'check', reports, '--images', night)).code).toBe(0);
      for (const { image, ccd, className, shape } of bad) {
        const file = await openFitsFile(join(night, 'truth', image.replace('.fits.fz', '_truth.fits.fz')));
        const hdu = file.hdus.find(({ header }) => header.number('CCDNUM') === Number(ccd))!;
        const { data } = await file.readStored(hdu);
        await file.close();
        if (shape.kind !== 'point') throw new Error('a point was to be reported');
        // A pixel of the rendering is 4 × 4 of the CCD: one of them is the artifact's.
        const bit = 1 << hdu.header.number(`MP_${className.toUpperCase().replace(/ /g, '_')}`)!;
        const block = [0, 1, 2, 3].flatMap((dy) =>
          [0, 1, 2, 3].map((dx) => Number(data[(shape.y + dy) * 512 + shape.x + dx])),
        );
        // Too faint for a pixel of truth: its centre.
        if (data.some((value) => (Number(value) & bit) !== 0))
          expect(block.some((value) => (value & bit) !== 0)).toBe(true);
      }
    },
  );
});

describe('dataset grow', () => {
  it('writes masks of labels with the bits and names of a scan, sizes that the check accepts, and says what it left out', async () => {
    const labels = await put(
      'to-grow.csv',
      [
        header,
        'other.fits,,S4,Ghost,circle,30 40 10,,ann',
        'other.fits,,S4,Haze,image,,,ann',
        'other.fits,,S4,Satellite,image,,,ann', // 3: nothing says where
        'other.fits,,S4,Other,point,3 4,,ann', // 4: no bit
        'other.fits,,S4,Cosmic ray,point,3 4,true,ann', // a wrong mask is no artifact
        'none.fits,,S4,Ghost,point,3 4,,ann', // 6: no image
      ].join('\n'),
    );
    const out = join(root, 'masks');
    const { code, out: printed } = await run(
      'dataset',
      'grow',
      labels,
      '--images',
      images,
      '--out',
      out,
      '--json',
    );
    expect(code).toBe(1);
    const result = JSON.parse(printed) as {
      files: string[];
      classes: unknown;
      notes: string[];
      labels: number;
    };
    expect(result).toMatchObject({
      labels: 2,
      classes: { Ghost: { labels: 1 }, Haze: { labels: 1, medianArea: 64 * 96 } },
    });
    expect(result.notes.map((note) => /row (\d+)/.exec(note)?.[1]).sort()).toEqual(['3', '4', '6']);
    const file = await openFitsFile(result.files[0]);
    const { data } = await file.readStored(file.hdu('S4'));
    const bit = (name: string) => 1 << file.hdu('S4').header.number(`MP_${name}`)!;
    await file.close();
    const values = Array.from(data, Number);
    const count = (name: string) => values.filter((value) => (value & bit(name)) !== 0).length;
    // Pixels with their centres within 10 px of a pixel's centre: 317.
    expect([count('GHOST'), count('HAZE'), count('SATELLITE')]).toEqual([317, 64 * 96, 0]);
    const good = await put('one-label.csv', `${header}\nother.fits,,S4,Ghost,circle,30 40 10,,ann\n`);
    const check = await runJson<LabelCheck>(
      ...['dataset', 'check', good, '--images', join(images, 'other.fits'), '--masks', out],
    );
    expect(check.clean).toBe(true);
  });

  it('keeps files of one name apart, asks before it replaces, and goes on after a file that is damaged', async () => {
    const nights = join(root, 'nights');
    const size = { name: 'S4', width: 64, height: 96 };
    for (const [i, night] of ['night1', 'night2', 'night3'].entries()) {
      await mkdir(join(nights, night), { recursive: true });
      const bytes = exposureBytes(300 + i, [size]);
      // The first file lacks the end of its pixels.
      await writeFile(
        join(nights, night, 'ccd.fits'),
        i === 0 ? bytes.subarray(0, bytes.length - 12_000) : bytes,
      );
    }
    const labels = await put(
      'nights.csv',
      [
        header,
        'night1/ccd.fits,,S4,Cosmic ray,point,3 4,,ann',
        'night2/ccd.fits,,S4,Ghost,circle,30 40 10,,ann',
        ',302,S4,Ghost,circle,30 40 5,,ann',
        ',302,S4,Ghost,point,5000 10,,ann', // 4: outside
        ',302,S4,Ghost,polygon,70 1 80 1 75 9,,ann', // 5: outside
      ].join('\n'),
    );
    const out = join(root, 'nights-masks');
    const grow = (...more: string[]) =>
      run('dataset', 'grow', labels, '--images', nights, '--out', out, '--json', ...more);
    const { code, out: printed, err } = await grow();
    expect(code).toBe(1);
    expect(err).toContain(join(nights, 'night1/ccd.fits'));
    const result = JSON.parse(printed) as {
      files: string[];
      images: number;
      notes: string[];
      failures: { path: string }[];
      classes: unknown;
    };
    expect(result).toMatchObject({ images: 2, classes: { Ghost: { labels: 2 } } });
    expect(result.failures.map(({ path }) => path)).toEqual([join(nights, 'night1/ccd.fits')]);
    expect(result.notes.map((note) => /row (\d+): (?:point|polygon) .*outside/.exec(note)?.[1])).toEqual([
      '4',
      '5',
    ]);
    expect(result.files).toEqual(['ccd-2', 'ccd-3'].map((name) => join(out, `${name}_mask.fits.fz`)));
    const areas = await Promise.all(
      result.files.map(async (path) => {
        const file = await openFitsFile(path);
        const { data } = await file.readStored(file.hdu('S4'));
        await file.close();
        return Array.from(data, Number).filter((value) => value !== 0).length;
      }),
    );
    // Pixel centres within 10 and 5 px of a pixel's centre.
    expect(areas).toEqual([317, 81]);
    expect(await grow()).toMatchObject({
      code: 2,
      err: expect.stringContaining('is there already') as string,
    });
    expect((await grow('--force')).code).toBe(1);
  });
});
