import { describe, expect, it } from 'vitest';
import { hduSelector, parseSelector } from '../src/index.ts';

describe('parseSelector', () => {
  it.each([
    ['night/a.fits', 'night/a.fits', null, null],
    ['a.fits[3]', 'a.fits', 3, null],
    ['a.fits.fz[N4]', 'a.fits.fz', 'N4', null],
    ['a.fits[SCI,2]', 'a.fits', 'SCI', 2],
    ['a.fits[ SCI , 2 ]', 'a.fits', 'SCI', 2],
    ['a[1].fits', 'a[1].fits', null, null],
    ['a[1].fits[2]', 'a[1].fits', 2, null],
    ['a.fits[]', 'a.fits[]', null, null],
    ['[3]', '[3]', null, null],
  ])('%s', (text, path, hdu, version) => {
    expect(parseSelector(text)).toEqual({ path, hdu, version });
  });

  it('takes a file by its own name when there is one', () => {
    const exists = (path: string) => path === 'odd[3]';
    expect(parseSelector('odd[3]', exists)).toEqual({ path: 'odd[3]', hdu: null, version: null });
    expect(parseSelector('odd[3][1]', exists)).toEqual({ path: 'odd[3]', hdu: 1, version: null });
  });

  it('says what to ask an open file for', () => {
    expect(hduSelector(parseSelector('a.fits[SCI,2]'))).toBe('SCI,2');
    expect(hduSelector(parseSelector('a.fits[3]'))).toBe(3);
    expect(hduSelector(parseSelector('a.fits'))).toBeNull();
  });
});
