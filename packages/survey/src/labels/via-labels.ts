import { classOf } from './label.ts';
import type { ClassNames, Label, LabelShape, ReadLabels } from './label.ts';
import type { MarkedShape, Point } from './shapes.ts';
import { degrees, parseVia, viaOffset } from './via.ts';

export interface ViaOptions {
  /** Names in the file to classes. */
  readonly names?: ClassNames;
  /** Attribute of regions (and of images, for labels of the whole) that holds the class; default: the first of `class`, `label`, `Type`, `type` that is there. */
  readonly attribute?: string | undefined;
  /** Class of regions without that attribute. */
  readonly defaultClass?: string | undefined;
}

const usualAttributes = ['class', 'label', 'Type', 'type'];

/**
 * Labels of annotations of the VGG Image Annotator, in pixels of the picture: x from its left, y from its top row. A picture whose top row
 * is the last of the FITS file has to be turned by who knows its height. A region is a label, and so is an image that has the attribute
 * itself; regions without a class are left out with a note.
 * @throws SurveyError LABELS_INVALID
 */
export function parseViaLabels(text: string, path: string, options: ViaOptions = {}): ReadLabels {
  const { names = new Map(), attribute, defaultClass } = options;
  const { images, problems } = parseVia(text, path);
  const labels: Label[] = [];
  const notes = [...problems];
  let row = 0;
  for (const { filename, attributes, regions } of images) {
    const add = (given: Readonly<Record<string, unknown>>, shape: LabelShape, fallback?: string) => {
      const named = (attribute === undefined ? usualAttributes : [attribute])
        .map((name) => given[name])
        .find((value) => typeof value === 'string' && value.trim() !== '');
      const className = typeof named === 'string' ? named : fallback;
      if (className === undefined) return false;
      const text = (name: string) => (typeof given[name] === 'string' ? given[name] : '');
      labels.push({
        image: filename,
        exposure: '',
        ccd: text('ccd'),
        band: '',
        className: classOf(className, names),
        shape,
        wrongMask: given['wrong_mask'] === 'true' || given['wrong_mask'] === true,
        annotator: text('annotator'),
        time: text('time'),
        note: text('note'),
        origin: { file: path, row },
      });
      return true;
    };
    row++;
    add(attributes, { kind: 'image' });
    for (const { shape, attributes: given } of regions) {
      row++;
      // Two clicks make no area.
      const open = shape.kind === 'polygon' && shape.points.length < 3;
      if (!add(given, open ? { ...shape, kind: 'polyline' } : shape, defaultClass))
        notes.push(`${path}: entry ${row} (${filename}): a region without a class, left out`);
    }
  }
  return { labels, notes };
}

/**
 * Annotations of the VGG Image Annotator (version 2) with these labels; tilted boxes become polygons. A label of the whole image stands in
 * the attributes of the image, which have room for one: others are left out and counted in the notes.
 */
export function formatViaLabels(labels: readonly Label[]): {
  readonly text: string;
  readonly notes: readonly string[];
} {
  let left = 0;
  const images = new Map<string, Label[]>();
  for (const label of labels) {
    const name = label.image === '' ? [label.exposure, label.ccd].filter(Boolean).join('_') : label.image;
    images.set(name, [...(images.get(name) ?? []), label]);
  }
  const entries = [...images].map(([filename, own]) => {
    const [whole, ...more] = own.filter(({ shape }) => shape.kind === 'image') as [Label?, ...Label[]];
    left += more.length;
    const regions = own.flatMap((label) =>
      label.shape.kind === 'image'
        ? []
        : [{ shape_attributes: viaShape(label.shape), region_attributes: attributesOf(label) }],
    );
    return [
      `${filename}-1`,
      { filename, size: -1, regions, file_attributes: whole === undefined ? {} : attributesOf(whole) },
    ];
  });
  const notes = left === 0 ? [] : [`${left} labels of whole images left out: an image has room for one`];
  return { text: `${JSON.stringify(Object.fromEntries(entries), null, 1)}\n`, notes };
}

function attributesOf({ className, ccd, wrongMask, annotator, time, note }: Label): Record<string, string> {
  const attributes = { class: className, ccd, annotator, time, note, wrong_mask: wrongMask ? 'true' : '' };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''));
}

function viaShape(shape: MarkedShape): Readonly<Record<string, unknown>> {
  const centre = (at: { readonly x: number; readonly y: number }) => ({
    cx: at.x + viaOffset,
    cy: at.y + viaOffset,
  });
  const line = (points: readonly Point[]) => ({
    all_points_x: points.map(([x]) => x + viaOffset),
    all_points_y: points.map(([, y]) => y + viaOffset),
  });
  switch (shape.kind) {
    case 'point':
      return { name: 'point', ...centre(shape) };
    case 'circle':
      return { name: 'circle', ...centre(shape), r: shape.radius };
    case 'ellipse': {
      const { radiusX: rx, radiusY: ry, angle } = shape;
      return { name: 'ellipse', ...centre(shape), rx, ry, theta: angle / degrees };
    }
    case 'box': {
      const { width, height } = shape;
      if (shape.angle % 180 !== 0) return { name: 'polygon', ...line(corners(shape)) };
      const { cx, cy } = centre(shape);
      return { name: 'rect', x: cx - width / 2, y: cy - height / 2, width, height };
    }
    case 'polygon':
    case 'polyline':
      return { name: shape.kind, ...line(shape.points) };
  }
}

function corners({ x, y, width, height, angle }: Extract<MarkedShape, { kind: 'box' }>): Point[] {
  const [c, s] = [Math.cos(angle / degrees), Math.sin(angle / degrees)];
  return [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([i, j]): Point => {
    const [u, v] = [(i * width) / 2, (j * height) / 2];
    return [x + c * u - s * v, y + s * u + c * v];
  });
}
