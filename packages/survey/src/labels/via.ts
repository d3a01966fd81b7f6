import * as z from 'zod';
import { SurveyError } from '../errors.ts';
import type { MarkedShape, Point } from './shapes.ts';

/** Radians of VIA in degrees. */
export const degrees = 180 / Math.PI;
/** VIA counts from the corner of the first pixel, shapes here from its centre. */
export const viaOffset = 0.5;

export interface ViaRegion {
  readonly shape: MarkedShape;
  /** `region_attributes`: the answers given for the region, such as `Type`. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ViaImage {
  readonly filename: string;
  /** Bytes of the picture; −1 where VIA did not know. */
  readonly size: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly regions: readonly ViaRegion[];
}

export interface ViaAnnotations {
  readonly images: readonly ViaImage[];
  /** Regions and images that were left out, one sentence each. */
  readonly problems: readonly string[];
}

const number = z.number().finite();
const size = number.nonnegative();
const centre = ({ cx, cy }: { cx: number; cy: number }) => ({ x: cx - viaOffset, y: cy - viaOffset });
const line = z
  .object({ all_points_x: z.array(number), all_points_y: z.array(number) })
  .refine(({ all_points_x: x, all_points_y: y }) => x.length === y.length && x.length > 0, {
    message: 'all_points_x and all_points_y must have the same number of entries, at least one',
  })
  .transform(({ all_points_x: x, all_points_y: y }) =>
    x.map((value, i): Point => [value - viaOffset, y[i] - viaOffset]),
  );

/** How each of VIA's shapes is written there, and what it is here. */
const shapes = {
  point: z
    .object({ cx: number, cy: number })
    .transform((s): MarkedShape => ({ kind: 'point', ...centre(s) })),
  circle: z
    .object({ cx: number, cy: number, r: size })
    .transform((s): MarkedShape => ({ kind: 'circle', ...centre(s), radius: s.r })),
  ellipse: z
    .object({ cx: number, cy: number, rx: size, ry: size, theta: number.default(0) })
    .transform((s): MarkedShape => {
      return { kind: 'ellipse', ...centre(s), radiusX: s.rx, radiusY: s.ry, angle: s.theta * degrees };
    }),
  rect: z
    .object({ x: number, y: number, width: size, height: size })
    .transform(({ x, y, width, height }): MarkedShape => {
      const middle = { cx: x + width / 2, cy: y + height / 2 };
      return { kind: 'box', ...centre(middle), width, height, angle: 0 };
    }),
  polygon: line.transform((points): MarkedShape => ({ kind: 'polygon', points })),
  polyline: line.transform((points): MarkedShape => ({ kind: 'polyline', points })),
};

const attributes = z.record(z.string(), z.unknown()).default({});
const entry = z.object({
  filename: z.string().min(1),
  size: z.number().default(-1),
  file_attributes: attributes,
  // VIA 1 numbers the regions in an object, VIA 2 lists them.
  regions: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown()).transform(Object.values)]),
});
const region = z.object({
  shape_attributes: z.looseObject({ name: z.string() }),
  region_attributes: attributes,
});

/**
 * Reads annotations of the VGG Image Annotator (Dutta and Zisserman 2019), versions 1 and 2: the exported JSON, one entry an image, or a
 * saved project with that under `_via_img_metadata`. Points, circles, ellipses (turned by `theta` radians), rectangles, polygons and
 * polylines are read; a region or an image that cannot be is left out and told of in `problems`.
 * @throws SurveyError LABELS_INVALID where the text is no JSON, or nothing in it looks like an image of VIA
 */
export function parseVia(text: string, path: string): ViaAnnotations {
  const entries = imageEntries(text, path);
  const images: ViaImage[] = [];
  const problems: string[] = [];
  for (const [key, value] of entries) {
    const parsed = entry.safeParse(value);
    if (!parsed.success) {
      problems.push(`${path}: image '${key}': ${firstIssue(parsed.error)}`);
      continue;
    }
    const { filename, size, file_attributes, regions } = parsed.data;
    const kept: ViaRegion[] = [];
    regions.forEach((value, k) => {
      const read = readRegion(value);
      if (typeof read === 'string') problems.push(`${path}: ${filename}, region ${k + 1}: ${read}`);
      else kept.push(read);
    });
    images.push({ filename, size, attributes: file_attributes, regions: kept });
  }
  if (images.length === 0 && entries.length > 0) throw notVia(path);
  return { images, problems };
}

function imageEntries(text: string, path: string): [string, unknown][] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new SurveyError('LABELS_INVALID', `not JSON (${(cause as Error).message})`, { path, cause });
  }
  const object = z.record(z.string(), z.unknown());
  const project = z.object({ _via_img_metadata: object }).safeParse(document);
  const images = project.success ? { data: project.data._via_img_metadata } : object.safeParse(document);
  if (images.data === undefined) throw notVia(path);
  return Object.entries(images.data);
}

function notVia(path: string): SurveyError {
  return new SurveyError(
    'LABELS_INVALID',
    'not annotations of the VGG Image Annotator: no image with a filename and regions',
    { path },
  );
}

/** The region, or what is wrong with it. */
function readRegion(value: unknown): ViaRegion | string {
  const parsed = region.safeParse(value);
  if (!parsed.success) return firstIssue(parsed.error);
  const { shape_attributes: shape, region_attributes: attributes } = parsed.data;
  if (!isShapeName(shape.name)) {
    return `shape '${shape.name}' is none of ${Object.keys(shapes).join(', ')}`;
  }
  const read = shapes[shape.name].safeParse(shape);
  if (!read.success) return `${shape.name}: ${firstIssue(read.error)}`;
  return { shape: read.data, attributes };
}

function isShapeName(name: string): name is keyof typeof shapes {
  return Object.hasOwn(shapes, name);
}

function firstIssue({ issues }: z.ZodError): string {
  const [{ path, message }] = issues;
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
