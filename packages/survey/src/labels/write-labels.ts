import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SurveyError } from '../errors.ts';
import { fitsStem } from '../inputs/names.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import type { CheckerOptions } from './checker-rows.ts';
import { checkerDatabase } from './checker-sqlite.ts';
import { formatCheckerCsv, formatCheckerJson } from './checker-text.ts';
import { formatDs9 } from './ds9.ts';
import type { Label } from './label.ts';
import { formatLabelTable } from './label-table.ts';
import { isCheckerFormat } from './read-labels.ts';
import type { LabelFormat } from './read-labels.ts';
import { formatViaLabels } from './via-labels.ts';

export interface WriteLabelsOptions extends CheckerOptions {
  readonly format: LabelFormat;
  /** Replace what is there. */
  readonly force?: boolean | undefined;
}

export interface WrittenLabels {
  readonly files: readonly string[];
  /** What the format could not hold, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Writes labels in a format. ds9 keeps the regions of one image a file: `out` is a folder then, unless it ends in `.reg` and there is one
 * image. Images of one name in several folders get files `NAME.reg`, `NAME-2.reg` …
 * @throws SurveyError OUTPUT_EXISTS, DISK_FULL, OUTPUT_UNWRITABLE, OPTION_INVALID for several images in one region file and for a flip where there
 * is none
 */
export async function writeLabels(
  labels: readonly Label[],
  out: string,
  options: WriteLabelsOptions,
): Promise<WrittenLabels> {
  const { format, force = false, flip } = options;
  if (flip !== undefined && !isCheckerFormat(format))
    throw new SurveyError(
      'OPTION_INVALID',
      `the flip '${flip}' is for positions of the Exposure Checker, not for ${format}; leave it out`,
    );
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    if (!force && existsSync(path)) throw new SurveyError('OUTPUT_EXISTS', 'is there already', { path });
    await writeWhole(path, content);
  };
  switch (format) {
    case 'labels':
      await write(out, formatLabelTable(labels));
      return { files: [out], notes: [] };
    case 'checker-sqlite': {
      const { bytes, notes } = await checkerDatabase(labels, options);
      await write(out, bytes);
      return { files: [out], notes };
    }
    case 'checker-json':
    case 'checker-csv':
    case 'via': {
      const { text, notes } =
        format === 'via'
          ? formatViaLabels(labels)
          : format === 'checker-json'
            ? formatCheckerJson(labels, options)
            : formatCheckerCsv(labels, options);
      await write(out, text);
      return { files: [out], notes };
    }
    case 'ds9':
      return writeRegions(labels, out, write);
  }
}

async function writeRegions(
  labels: readonly Label[],
  out: string,
  write: (path: string, text: string) => Promise<void>,
): Promise<WrittenLabels> {
  const images = new Map<string, Label[]>();
  for (const label of labels) {
    const key = label.image === '' ? label.exposure : label.image;
    images.set(key, [...(images.get(key) ?? []), label]);
  }
  const single = /\.reg$/i.test(out);
  if (single && images.size > 1) {
    throw new SurveyError(
      'OPTION_INVALID',
      `labels are on ${images.size} images, a region file holds those of one: name a folder`,
      { path: out },
    );
  }
  if (!single) await mkdir(out, { recursive: true });
  const files: string[] = [];
  const notes: string[] = [];
  const used = new Set<string>();
  for (const [key, own] of images) {
    const stem = fitsStem(key).replace(/[^\w.+-]+/g, '_') || 'image';
    let name = stem;
    for (let n = 2; used.has(name); n++) name = `${stem}-${n}`;
    used.add(name);
    const path = single ? out : join(out, `${name}.reg`);
    const { text, notes: left } = formatDs9(own);
    await write(path, text);
    files.push(path);
    notes.push(...left.map((note) => `${path}: ${note}`));
  }
  return { files, notes };
}
