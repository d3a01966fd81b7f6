import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rasteriseShape } from '../src/labels/rasterise-shapes.ts';
import type { MarkedShape, Point } from '../src/labels/shapes.ts';
import { parseVia } from '../src/labels/via.ts';

const region = (shape: object, attributes: object = { Type: 'Faint' }) => ({
  shape_attributes: shape,
  region_attributes: attributes,
});
const image = (regions: unknown) => ({ filename: 'a.jpg', size: 7, regions, file_attributes: {} });

describe('parseVia', () => {
  it('reads the shapes of VIA 2, corners of pixels becoming centres', () => {
    const text = JSON.stringify({
      'a.jpg7': image([
        region({ name: 'circle', cx: 10, cy: 20.5, r: 3 }),
        region({ name: 'ellipse', cx: 1, cy: 2, rx: 4, ry: 2, theta: Math.PI / 4 }),
        region({ name: 'rect', x: 2, y: 4, width: 6, height: 2 }),
        region({ name: 'polyline', all_points_x: [0, 4], all_points_y: [1, 5] }),
        region({ name: 'point', cx: 3, cy: 3 }, {}),
      ]),
    });
    const { images, problems } = parseVia(text, 'v.json');
    expect(problems).toEqual([]);
    expect(images[0].regions.map(({ shape }) => shape)).toEqual([
      { kind: 'circle', x: 9.5, y: 20, radius: 3 },
      { kind: 'ellipse', x: 0.5, y: 1.5, radiusX: 4, radiusY: 2, angle: 45 },
      { kind: 'box', x: 4.5, y: 4.5, width: 6, height: 2, angle: 0 },
      {
        kind: 'polyline',
        points: [
          [-0.5, 0.5],
          [3.5, 4.5],
        ],
      },
      { kind: 'point', x: 2.5, y: 2.5 },
    ]);
    expect(images[0].regions[0].attributes).toEqual({ Type: 'Faint' });
  });

  it('reads saved projects and the numbered regions of VIA 1', () => {
    const circle = region({ name: 'circle', cx: 10, cy: 20, r: 3 });
    const project = { _via_settings: {}, _via_img_metadata: { k: image({ 0: circle, 1: circle }) } };
    expect(parseVia(JSON.stringify(project), 'v.json').images[0].regions).toHaveLength(2);
  });

  it('leaves out what it cannot read and says which', () => {
    const text = JSON.stringify({
      a: image([
        region({ name: 'blob' }),
        region({ name: 'circle', cx: 1, cy: 2, r: -3 }),
        region({ name: 'polygon', all_points_x: [1, 2], all_points_y: [1] }),
        region({ name: 'circle', cx: 1, cy: 2, r: 3 }),
      ]),
      b: { regions: [] },
    });
    const { images, problems } = parseVia(text, 'v.json');
    expect(images.map(({ regions }) => regions.length)).toEqual([1]);
    expect(problems).toHaveLength(4);
    expect(problems[0]).toContain("v.json: a.jpg, region 1: shape 'blob' is none of point, circle");
    expect(problems[3]).toContain("image 'b': filename");
  });

  it.each(['[1, 2]', '{"a": {"b": 1}}', 'no json', '3'])('refuses %s', (text) => {
    expect(() => parseVia(text, 'v.json')).toThrow(expect.objectContaining({ code: 'LABELS_INVALID' }));
  });
});

const draw = (shape: MarkedShape, side = 100) =>
  rasteriseShape(new Uint8Array(side * side), shape, side, side);
const area = (mask: Uint8Array) => mask.reduce((a, b) => a + b, 0);

describe('rasteriseShape', () => {
  it('sets the pixels whose centres lie inside', () => {
    const square: Point[] = [
      [0.5, 0.5],
      [3.5, 0.5],
      [3.5, 2.5],
      [0.5, 2.5],
    ];
    const expected = [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    expect([...draw({ kind: 'polygon', points: square }, 5)]).toEqual(expected);
    expect([...draw({ kind: 'polyline', points: [...square, square[0]] }, 5)]).toEqual(expected);
    expect([...draw({ kind: 'box', x: 2, y: 1.5, width: 2, height: 3, angle: 90 }, 5)]).toEqual(expected);
  });

  it('draws an open polyline five pixels wide and a point as a disc', () => {
    const points: Point[] = [
      [20, 50],
      [80, 50],
    ];
    // A capsule: 61 × 5 pixels and two half discs.
    expect(area(draw({ kind: 'polyline', points }))).toBe(61 * 5 + 16);
    expect(area(draw({ kind: 'point', x: 50, y: 50 }))).toBe(21);
  });

  it('gives ellipses their area at any angle, cut at the edge, and agrees with the polygon of the same outline', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(
        number(30, 70),
        number(30, 70),
        number(5, 25),
        number(5, 25),
        number(-180, 180),
        (x, y, radiusX, radiusY, angle) => {
          const ellipse = draw({ kind: 'ellipse', x, y, radiusX, radiusY, angle });
          // Pixels on the rim count whole or not at all: of its 2π·√(ab) pixels or so, an unlucky third is far.
          expect(Math.abs(area(ellipse) - Math.PI * radiusX * radiusY)).toBeLessThan(
            2 * Math.sqrt(radiusX * radiusY),
          );
          const a = (angle * Math.PI) / 180;
          const points = Array.from({ length: 720 }, (_, k): Point => {
            const u = radiusX * Math.cos((k * Math.PI) / 360);
            const v = radiusY * Math.sin((k * Math.PI) / 360);
            return [x + u * Math.cos(a) - v * Math.sin(a), y + u * Math.sin(a) + v * Math.cos(a)];
          });
          const polygon = draw({ kind: 'polygon', points });
          expect(polygon.filter((value, i) => value !== ellipse[i]).length).toBeLessThanOrEqual(4);
        },
      ),
      { numRuns: 30 },
    );
    expect(area(draw({ kind: 'circle', x: 0, y: 0, radius: 10.2 }))).toBeGreaterThan(80);
  });
});
