import { percentileLimits, stretchToBytes } from '@blemish/imaging';
import { encode } from 'fast-png';
import { glyphCell, textPixels } from './caption.ts';

type Rgb = readonly [number, number, number];

const background: Rgb = [13, 17, 23];
const ink: Rgb = [230, 237, 243];
const gap = 3;
/** Pixels that a panel is wide at least, by repeating those of the stamp. */
const panelWidth = 150;
const neighbourWidth = 110;

export interface StampPicture {
  /** [C, H, W]; NaN is black. */
  readonly pixels: ArrayLike<number>;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** [H, W] from 0 to 1; null for a picture without heat. */
  readonly heat: Float32Array | null;
  /** Lines above the picture. */
  readonly lines: readonly string[];
}

/**
 * A PNG of a stamp: its channels side by side in grey, each between its own limits, and below them (of one channel beside it) the same under the heat. The first row of
 * pixels is at the bottom, as FITS has it. Class and score stand above it.
 */
export function stampPicture({ pixels, channels, height, width, heat, lines }: StampPicture): Uint8Array {
  const factor = Math.max(1, Math.round(panelWidth / width));
  const [panelHeight, panel] = [height * factor, width * factor];
  const textScale = 2;
  const textHeight = lines.length * glyphCell.height * textScale + (lines.length > 0 ? 2 * gap : 0);
  // Of one channel the heat stands beside it, of several below.
  const [columns, rows] = heat === null ? [channels, 1] : channels === 1 ? [2, 1] : [channels, 2];
  const canvas = new Canvas(
    Math.max(columns * (panel + gap) + gap, 2 * panelWidth),
    textHeight + rows * (panelHeight + gap) + gap,
  );
  lines.forEach((line, k) => canvas.text(line, gap + 2, gap + k * glyphCell.height * textScale, textScale));
  const place = (column: number, row: number) =>
    [gap + column * (panel + gap), textHeight + gap + row * (panelHeight + gap)] as const;
  for (let c = 0; c < channels; c++) {
    canvas.plane(...place(c, 0), factor, pixels, c, { height, width });
    const below = channels === 1 ? place(1, 0) : place(c, 1);
    if (heat !== null) canvas.plane(...below, factor, pixels, c, { height, width }, heat);
  }
  return canvas.png();
}

/**
 * A PNG of a stamp and the labelled ones that resemble it: one column each, the stamp first, its channels below each other.
 * @param columns pixels [C, H, W] and the text above
 */
export function neighbourPicture(
  columns: readonly { readonly pixels: ArrayLike<number>; readonly text: string }[],
  { channels, height, width }: { channels: number; height: number; width: number },
): Uint8Array {
  const factor = Math.max(1, Math.round(neighbourWidth / width));
  const [panelHeight, panel] = [height * factor, width * factor];
  const top = glyphCell.height * 2 + 2 * gap;
  const canvas = new Canvas(columns.length * (panel + gap) + gap, top + channels * (panelHeight + gap) + gap);
  columns.forEach(({ pixels, text }, k) => {
    const left = gap + k * (panel + gap);
    canvas.text(text.slice(0, Math.floor(panel / (2 * glyphCell.width))), left, gap, 2);
    for (let c = 0; c < channels; c++)
      canvas.plane(left, top + c * (panelHeight + gap), factor, pixels, c, { height, width });
  });
  return canvas.png();
}

/** Between the percentiles 1 and 99.5 of the channel, the faint part drawn out. */
function greyLevels(plane: Float32Array): Uint8Array {
  const limits = percentileLimits(plane, { lower: 0.01, upper: 0.995 });
  return stretchToBytes(plane, { ...limits, scale: 'asinh' });
}

/** Dark red over orange to light yellow, the more of it the hotter; grey alone where there is no heat. */
export function heated(grey: number, heat: number): Rgb {
  const share = 0.75 * Math.sqrt(heat);
  const colour: Rgb = [Math.min(255, 140 + 230 * heat), 20 + 220 * heat * heat, 30 + 60 * heat * heat];
  const mixed = (c: 0 | 1 | 2): number => Math.round(grey * (1 - share) + colour[c] * share);
  return [mixed(0), mixed(1), mixed(2)];
}

class Canvas {
  readonly #width: number;
  readonly #height: number;
  readonly #data: Uint8Array;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#data = new Uint8Array(3 * width * height);
    this.#fill(0, 0, width, height, background);
  }

  square(x: number, y: number, side: number, colour: Rgb): void {
    this.#fill(x, y, Math.min(this.#width, x + side), Math.min(this.#height, y + side), colour);
  }

  /** Pixels from (left, top) to before (right, bottom). */
  #fill(left: number, top: number, right: number, bottom: number, [red, green, blue]: Rgb): void {
    for (let y = top; y < bottom; y++)
      for (let at = 3 * (y * this.#width + left); at < 3 * (y * this.#width + right); at += 3) {
        this.#data[at] = red;
        this.#data[at + 1] = green;
        this.#data[at + 2] = blue;
      }
  }

  /** Channel `c` of a stamp in grey, under its heat where there is one. */
  plane(
    left: number,
    top: number,
    factor: number,
    pixels: ArrayLike<number>,
    c: number,
    { height, width }: { readonly height: number; readonly width: number },
    heat: Float32Array | null = null,
  ): void {
    const area = height * width;
    const grey = greyLevels(Float32Array.from({ length: area }, (_, i) => pixels[c * area + i]));
    for (let i = 0; i < area; i++) {
      const y = top + (height - 1 - Math.floor(i / width)) * factor;
      const x = left + (i % width) * factor;
      this.square(x, y, factor, heat === null ? [grey[i], grey[i], grey[i]] : heated(grey[i], heat[i]));
    }
  }

  text(line: string, left: number, top: number, scale: number): void {
    const room = Math.floor((this.#width - left) / scale);
    for (const { x, y } of textPixels(line, room)) this.square(left + scale * x, top + scale * y, scale, ink);
  }

  png(): Uint8Array {
    const image = {
      width: this.#width,
      height: this.#height,
      data: this.#data,
      channels: 3,
      depth: 8,
    } as const;
    // Pixels repeated in blocks are small at any level, and hundreds of pictures are written.
    return encode(image, { zlib: { level: 3 } });
  }
}
