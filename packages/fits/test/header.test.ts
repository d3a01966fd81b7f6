import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Header } from '../src/index.ts';

const card = (text: string): string => text.padEnd(80);
const parse = (...lines: string[]): Header => Header.parse(Buffer.from(lines.map(card).join(''), 'latin1'));

describe('Header.parse', () => {
  it('reads values of every type', () => {
    const header = parse(
      'A       =                    T / yes',
      "B       = 'it''s / no comment  ' / a comment",
      'C       =              -1.5D+3',
      'D       = 9223372036854775807',
      'E       =                      / undefined',
      "F       = ''",
      "G       = '  lead'",
      'H       = +007',
      'I       = .5e-3/tight',
      'J       = (1.0, 2.0)',
      "K       = 'never closed",
      'L       = NaN',
      'END',
      'M       = 1',
    );
    expect(header.cards.map(({ value }) => value)).toEqual([
      true,
      "it's / no comment",
      -1500,
      9223372036854775807n,
      null,
      '',
      '  lead',
      7,
      0.0005,
      '(1.0, 2.0)',
      'never closed',
      'NaN',
    ]);
    expect(header.comment('B')).toBe('a comment');
    expect(header.comment('I')).toBe('tight');
    expect(header.string('G')).toBe('lead');
    expect(header.number('D')).toBe(2 ** 63);
    expect(header.number('B')).toBeUndefined();
    expect(header.get('M')).toBeUndefined();
  });

  it('joins CONTINUE cards, and leaves stray ones alone', () => {
    const header = parse(
      "LONG    = 'one &'",
      "CONTINUE  'two''s &' / first",
      "CONTINUE  'three' / second",
      "CONTINUE  'stray'",
      "AMP     = 'a&'",
      'X       = 1',
    );
    expect(header.get('LONG')).toBe("one two's three");
    expect(header.comment('LONG')).toBe('first second');
    expect(header.get('AMP')).toBe('a&');
    expect(header.cards.map(({ keyword }) => keyword)).toEqual(['LONG', 'CONTINUE', 'AMP', 'X']);
  });

  it('reads HIERARCH, commentary, cards without value, and foreign letters', () => {
    const header = parse(
      "HIERARCH ESO  DET CHIP = 'x' / note",
      'COMMENT = not a value',
      'HISTORY  done',
      '        blank',
      'NOVALUE  text',
      "OBSERVER= 'Jos\xc3\xa9'",
      "PI      = 'Jos\xe9'",
      'lower   = 3',
    );
    expect(header.get('ESO DET CHIP')).toBe('x');
    expect(header.get('hierarch eso det chip')).toBe('x');
    expect(header.commentary('COMMENT')).toEqual(['= not a value']);
    expect(header.commentary('HISTORY')).toEqual([' done']);
    expect(header.commentary('')).toEqual(['blank']);
    expect([header.get('NOVALUE'), header.has('NOVALUE')]).toEqual([undefined, true]);
    expect([header.get('OBSERVER'), header.get('PI')]).toEqual(['José', 'José']);
    expect(header.get('LOWER')).toBe(3);
  });

  it('of anything throws nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 800 }), (bytes) => {
        Header.parse(Header.parse(bytes).toBytes());
      }),
    );
  });
});

const values = fc.oneof(
  fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((c) => String.fromCharCode(c)), maxLength: 300 }),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.constant(null),
);
const keywords = fc.oneof(
  fc.stringMatching(/^[A-Z][A-Z0-9_-]{0,7}$/),
  fc.stringMatching(/^[A-Z]{3,8} [A-Z]{1,9} [A-Z0-9]{1,20}$/),
);

describe('Header writing', () => {
  it('every value, comment and keyword comes back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(keywords, values), { maxLength: 20 }), (entries) => {
        const reserved = ['END', 'CONTINUE', 'HIERARCH', 'COMMENT', 'HISTORY'];
        const header = new Header();
        for (const [keyword, value] of entries)
          if (!reserved.includes(keyword) && !keyword.startsWith('HIERARCH '))
            header.set(keyword, value, 'note');
        const bytes = header.toBytes();
        expect(bytes.length % 2880).toBe(0);
        expect(bytes.every((byte) => byte >= 32 && byte < 127)).toBe(true);
        const back = Header.parse(bytes);
        expect(back.cards.map(({ keyword }) => keyword)).toEqual(header.cards.map(({ keyword }) => keyword));
        for (const { keyword, value } of header.cards)
          // Blanks at the end of a string are not significant in FITS.
          expect(back.get(keyword), keyword).toEqual(typeof value === 'string' ? value.trimEnd() : value);
      }),
    );
  });

  it('writes what it read unchanged, but for what is set', () => {
    const text = [
      'SIMPLE  = T',
      'CRVAL1  =      1.50000000E+02 / exact digits',
      "OBJECT  = 'x'",
      'HISTORY   a',
      'END',
    ]
      .map(card)
      .join('')
      .padEnd(2880);
    const header = Header.parse(Buffer.from(text));
    expect(Buffer.from(header.toBytes()).toString()).toBe(text);
    header.set('OBJECT', 'σ Orionis, é');
    const back = Buffer.from(header.clone().toBytes()).toString();
    expect(back).toContain("OBJECT  = '? Orionis, e'");
    expect(back).toContain('1.50000000E+02 / exact digits');
  });

  it('sets in place, keeps comments, deletes all of a keyword, finds the first of two', () => {
    const header = parse('A       = 1 / one', 'B       = 2', 'A       = 3', 'COMMENT c');
    expect(header.get('a')).toBe(1);
    header.set('A', 5).set('B', NaN);
    expect(header.cards.map(({ keyword, value }) => [keyword, value])).toEqual([
      ['A', 5],
      ['B', null],
      ['A', 3],
      ['COMMENT', undefined],
    ]);
    expect(header.comment('A')).toBe('one');
    header.delete('A');
    expect(header.has('A')).toBe(false);
    expect(header.get('B')).toBeNull();
    header.addComment('two\nlines');
    expect(header.commentary('COMMENT')).toEqual(['c', 'two', 'lines']);
  });

  it('refuses what FITS cannot say', () => {
    const header = new Header();
    expect(() => header.set('END', 1)).toThrow(RangeError);
    expect(() => header.set('A=B', 1)).toThrow(/keyword must be .* got "A=B"/);
    expect(() => header.set('X', Infinity)).toThrow(/must be finite/);
    expect(() => header.set('COMMENT', 'x')).toThrow(/addComment/);
    expect(() => header.set('X', 10n ** 30n)).toThrow(RangeError);
  });
});
