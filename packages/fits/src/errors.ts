/**
 * Every way a FITS file can be bad, in one table: the code, what it means and what the user can do about it.
 * Caller mistakes (wrong argument types, rows out of range) are RangeError or TypeError instead.
 */
export const fitsErrors = {
  READ_FAILED: {
    meaning: 'The operating system refused to open or read the file.',
    remedy: 'Check that the path exists and that you may read it.',
  },
  EMPTY_FILE: { meaning: 'The file holds no bytes.', remedy: 'Copy or download the file again.' },
  NOT_FITS: {
    meaning: 'The file does not begin with a FITS primary header (SIMPLE  =).',
    remedy: 'Check that the file is FITS and not text, a picture or an error page named .fits.',
  },
  BAD_GZIP: {
    meaning: 'The gzip stream is corrupt or incomplete.',
    remedy: 'Copy or download the file again; test it with gzip -t.',
  },
  TRUNCATED_HEADER: {
    meaning: 'The file ends before the END card of a header.',
    remedy: 'Copy or download the file again.',
  },
  TRUNCATED_DATA: {
    meaning: 'The file ends before the data its header declares.',
    remedy: 'Copy or download the file again; HDUs before this one can still be read.',
  },
  BAD_HEADER: {
    meaning: 'A mandatory keyword is missing or has a value the standard does not allow.',
    remedy: 'Run fitsverify on the file and repair the named keyword.',
  },
  TOO_LARGE: {
    meaning: 'The HDU declares more data than can be held at once.',
    remedy: 'Read fewer rows at a time, or check the NAXIS keywords.',
  },
  HDU_NOT_FOUND: {
    meaning: 'The file has no HDU with this index or name.',
    remedy: 'Choose one of the HDUs listed in the message.',
  },
  WRONG_HDU_KIND: {
    meaning: 'The HDU is not of the kind asked for (an image, a table).',
    remedy: 'Choose an HDU of the right kind.',
  },
  COLUMN_NOT_FOUND: {
    meaning: 'The table has no column with this name.',
    remedy: 'Choose one of the columns listed in the message.',
  },
  BAD_TABLE: {
    meaning: 'The table contradicts its own header (column widths, formats, heap descriptors).',
    remedy: 'Run fitsverify on the file and repair the named keyword.',
  },
  BAD_COMPRESSION: {
    meaning: 'A compressed tile cannot be decoded.',
    remedy: 'Test the file with funpack; copy or download it again.',
  },
  UNSUPPORTED: {
    meaning: 'The file uses a feature this reader does not have.',
    remedy: 'Convert the file first, for example with funpack or astropy.',
  },
  WRITE_FAILED: {
    meaning: 'The operating system refused to write the file.',
    remedy: 'Check that the folder exists and that you may write there.',
  },
  DISK_FULL: {
    meaning: 'The disk (or the quota) is full; the partial file was removed.',
    remedy: 'Free space or choose another folder, and run again.',
  },
} as const satisfies Record<string, { meaning: string; remedy: string }>;

export type FitsErrorCode = keyof typeof fitsErrors;

/** Where in a file the trouble is. `hdu` counts from 0, `byte` is the offset from the beginning of the (unzipped) file. */
export interface FitsErrorPlace {
  path?: string | undefined;
  hdu?: number | undefined;
  byte?: number | undefined;
  keyword?: string | undefined;
  cause?: unknown;
}

/** A bad file. The message says what is wrong, where, and what to do; `code` is stable and made for programs. */
export class FitsError extends Error {
  override readonly name = 'FitsError';
  readonly code: FitsErrorCode;
  /** What was found, without place and remedy. */
  readonly detail: string;
  readonly path: string | undefined;
  readonly hdu: number | undefined;
  readonly byte: number | undefined;
  readonly keyword: string | undefined;

  constructor(code: FitsErrorCode, detail: string, place: FitsErrorPlace = {}) {
    const where = [
      place.path,
      place.hdu === undefined ? undefined : `HDU ${place.hdu}`,
      place.keyword,
      place.byte === undefined ? undefined : `byte ${place.byte}`,
    ].filter((part) => part !== undefined);
    const prefix = where.length > 0 ? `${where.join(', ')}: ` : '';
    const sentence = /[.!?]$/.test(detail) ? detail : `${detail}.`;
    super(
      `${prefix}${sentence} ${fitsErrors[code].remedy}`,
      place.cause === undefined ? undefined : { cause: place.cause },
    );
    this.code = code;
    this.detail = detail;
    this.path = place.path;
    this.hdu = place.hdu;
    this.byte = place.byte;
    this.keyword = place.keyword;
  }

  /** The same error with the parts of the place that were not known where it was thrown. */
  at(place: FitsErrorPlace): FitsError {
    return new FitsError(this.code, this.detail, {
      path: this.path ?? place.path,
      hdu: this.hdu ?? place.hdu,
      byte: this.byte ?? place.byte,
      keyword: this.keyword ?? place.keyword,
      cause: this.cause ?? place.cause,
    });
  }
}
