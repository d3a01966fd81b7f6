import { readFile } from 'node:fs/promises';
import { SurveyError, errorCode } from '../errors.ts';
import type { ReadList } from './exposure-label.ts';
import { parseHandList } from './hand-list.ts';
import { isInspectedHeader, parseInspectedList } from './inspected-list.ts';
import { headerFields, linesOf } from './list-lines.ts';
import { parseReasonList, reasonHeader } from './reason-list.ts';
import { isTidyHeader, parseTidyList } from './tidy-list.ts';

/** Formats of lists of exposures. */
export const exposureListFormats = ['hand', 'inspected', 'reasons', 'judgements'] as const;
export type ExposureListFormat = (typeof exposureListFormats)[number];

export interface ReadExposureListOptions {
  /** Default: by the content of the file. */
  readonly format?: ExposureListFormat | undefined;
  /** Reason of entries that name none, in lists of `reasons`. */
  readonly reason?: string | undefined;
}

/**
 * Reads a list of bad exposures of any format: kept by hand, with inspectors' verdicts, of EXPNUM, CCDNUM, REASON, ANALYST, or the table of
 * judgements that an import writes. Lines that cannot be read are told of in the result.
 * @throws SurveyError INPUT_NOT_FOUND; LABELS_INVALID where it is of no format known, or none of its lines can be read
 */
export async function readExposureList(
  path: string,
  options: ReadExposureListOptions = {},
): Promise<ReadList & { readonly format: ExposureListFormat }> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    if (errorCode(cause) === 'EISDIR')
      throw new SurveyError('LABELS_INVALID', 'is a folder; name a list in it', { path, cause });
    throw new SurveyError('INPUT_NOT_FOUND', 'no such file', { path, cause });
  });
  const content = new TextDecoder().decode(bytes);
  return parseExposureList(content, path, options);
}

/** The same for the text of a list. @throws SurveyError LABELS_INVALID */
export function parseExposureList(
  content: string,
  path: string,
  options: ReadExposureListOptions = {},
): ReadList & { readonly format: ExposureListFormat } {
  const format = options.format ?? formatOf(content);
  if (format === null)
    throw new SurveyError(
      'LABELS_INVALID',
      `of no format of lists of exposures by its content (${exposureListFormats.join(', ')}); say which with --format`,
      { path },
    );
  const list = parsers[format](content, path, options);
  if (list.labels.length === 0)
    throw new SurveyError(
      'LABELS_INVALID',
      `no entry can be read as a list of the format '${format}'${list.failed.length === 0 ? '' : ` (${list.failed[0].error})`}`,
      { path },
    );
  return { ...list, format };
}

const parsers: Readonly<
  Record<ExposureListFormat, (content: string, path: string, { reason }: ReadExposureListOptions) => ReadList>
> = {
  hand: parseHandList,
  inspected: parseInspectedList,
  reasons: (content, path, { reason }) => parseReasonList(content, path, reason),
  judgements: parseTidyList,
};

/** The format of a list by its first lines. */
function formatOf(content: string): ExposureListFormat | null {
  const lines = linesOf(content);
  const [head] = lines;
  if (head === undefined) return null;
  const names = headerFields(head.text);
  if (isTidyHeader(names)) return 'judgements';
  if (isInspectedHeader(names)) return 'inspected';
  // `#EXPID Flag comments` heads a list kept by hand.
  if (/^#\s*EXPID\b.*\bcomments?$/i.test(head.text)) return 'hand';
  if (reasonHeader(head.text) !== null) return 'reasons';
  const entries = lines.filter(({ text }) => !text.startsWith('#')).slice(0, 100);
  // Flags are 1, 2 or 3; numbers of CCDs go on, and their names stand by themselves.
  if (entries.some(({ text }) => /^\d+\s*,\s*(?:\d+|[NS]\d+)?\s*(?:,|$)/i.test(text))) return 'reasons';
  if (entries.some(({ text }) => /^\d+\s+(?:[4-9]|\d\d|[NS]\d+)(?:\s|$)/i.test(text))) return 'reasons';
  return entries.some(({ text }) => /^\d+(?:-[NS]\d+)?(?:\s|$)/i.test(text)) ? 'hand' : null;
}
