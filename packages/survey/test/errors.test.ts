import { describe, expect, it } from 'vitest';
import { SurveyError, errorTable, toFailure, writeError } from '../src/errors.ts';
import type { SurveyErrorCode } from '../src/errors.ts';

describe('coded errors', () => {
  it.each(Object.keys(errorTable) as SurveyErrorCode[])('%s names file, HDU and remedy', (code) => {
    const error = new SurveyError(code, 'what happened', { path: '/n/a.fits', hdu: 'N4' });
    expect(error.message).toBe(`/n/a.fits[N4]: what happened; ${errorTable[code].remedy}`);
    expect(error.exitCode).toBe(errorTable[code].exitCode);
  });

  it('keeps the code of a coded error and gives a bare one the fallback, its place and a remedy', () => {
    const coded = Object.assign(new Error('/n/a.fits, HDU 2: cut short. Copy it again.'), {
      code: 'TRUNCATED_DATA',
    });
    expect(toFailure(coded, '/n/a.fits', 2, 'READ_FAILED')).toEqual({
      path: '/n/a.fits',
      hdu: 2,
      code: 'TRUNCATED_DATA',
      error: coded.message,
    });
    const system = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    expect(toFailure(system, '/n/a.fits', 2, 'READ_FAILED')).toEqual({
      path: '/n/a.fits',
      hdu: 2,
      code: 'READ_FAILED',
      error: `/n/a.fits[2]: EIO: i/o error, read; ${errorTable.READ_FAILED.remedy}`,
    });
  });

  it('names a full disk', () => {
    const error = writeError(
      Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }),
      '/o/catalog.parquet',
    );
    expect(error.code).toBe('DISK_FULL');
    expect(error.message).toContain('/o/catalog.parquet: no space left on the disk; free space');
    expect(writeError(new Error('EACCES'), '/o/x').code).toBe('OUTPUT_UNWRITABLE');
  });
});
