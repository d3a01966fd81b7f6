/** A rectangle on the focal plane, in any unit; y down, as SVG draws. */
export interface CcdShape {
  readonly points: readonly (readonly [number, number])[];
}

/** CCDs of each row from the middle of DECam's focal plane outwards; N and S alike (N1–N7 and S1–S7 meet in the middle). */
const rows = [7, 6, 6, 5, 4, 3];
/** Millimetres between neighbouring CCDs along and across rows, and size of a CCD (4096 × 2048 pixels of 15 µm). */
const pitch = [63.89, 33.816] as const;
const size = [61.44, 30.72] as const;

/**
 * DECam's 62 CCDs by name, as on the sky with north up and east left: S rows on the northern side, the first CCD of a
 * row in the west. The orientation follows from the WCS of the survey's own files (CRPIX of N10–N15, S4, S9 and others);
 * pitches from the instrument's focal-plane drawing (Flaugher et al. 2015, AJ 150, 150).
 */
export const decamLayout: ReadonlyMap<string, CcdShape> = new Map(
  (['N', 'S'] as const).flatMap((half) => {
    let number = 0;
    return rows.flatMap((count, row) =>
      Array.from({ length: count }, (_, k): [string, CcdShape] => {
        number++;
        // First of the row in the west, which is right.
        const x = ((count - 1) / 2 - k) * pitch[0];
        const y = (row + 0.5) * pitch[1] * (half === 'N' ? 1 : -1);
        return [`${half}${number}`, rectangle(x, y, size[0], size[1])];
      }),
    );
  }),
);

/**
 * Images by the sky position of their corners: tangent plane about their common centre, north up, east left, arcminutes.
 * Returns null where a position is missing or the images span more than 20 degrees (no one exposure).
 */
export function skyLayout(
  corners: readonly (readonly (readonly [number, number])[] | null | undefined)[],
): CcdShape[] | null {
  const all: (readonly [number, number])[] = [];
  for (const image of corners) {
    if (image == null || image.length < 3) return null;
    for (const [ra, dec] of image) {
      if (!Number.isFinite(ra) || !Number.isFinite(dec)) return null;
      all.push([ra, dec]);
    }
  }
  const radian = Math.PI / 180;
  // Mean direction: right across RA 0.
  const sum = [0, 0, 0];
  for (const [ra, dec] of all) {
    sum[0] += Math.cos(dec * radian) * Math.cos(ra * radian);
    sum[1] += Math.cos(dec * radian) * Math.sin(ra * radian);
    sum[2] += Math.sin(dec * radian);
  }
  const ra0 = Math.atan2(sum[1], sum[0]);
  const dec0 = Math.atan2(sum[2], Math.hypot(sum[0], sum[1]));
  const project = ([ra, dec]: readonly [number, number]): readonly [number, number] | null => {
    const d = dec * radian;
    const a = ra * radian - ra0;
    const cosine = Math.sin(dec0) * Math.sin(d) + Math.cos(dec0) * Math.cos(d) * Math.cos(a);
    if (cosine < Math.cos(10 * radian)) return null;
    const east = (Math.cos(d) * Math.sin(a)) / cosine;
    const north = (Math.cos(dec0) * Math.sin(d) - Math.sin(dec0) * Math.cos(d) * Math.cos(a)) / cosine;
    return [(-east * 60) / radian, (-north * 60) / radian];
  };
  const shapes: CcdShape[] = [];
  for (const image of corners) {
    const points = image!.map(project);
    if (points.some((point) => point === null)) return null;
    shapes.push({ points: points.map((point) => point!) });
  }
  return shapes;
}

/** Nothing known of where they are: side by side, in reading order. */
export function gridLayout(count: number): CcdShape[] {
  const columns = Math.max(1, Math.ceil(Math.sqrt(count)));
  return Array.from({ length: count }, (_, i) =>
    rectangle((i % columns) * 1.1, Math.floor(i / columns) * 1.1, 1, 1),
  );
}

function rectangle(x: number, y: number, width: number, height: number): CcdShape {
  const [w, h] = [width / 2, height / 2];
  return {
    points: [
      [x - w, y - h],
      [x + w, y - h],
      [x + w, y + h],
      [x - w, y + h],
    ],
  };
}
