import type { ArtifactModel, CcdScene, ExposureContext, Star } from '../artifact.ts';
import { brightArc } from '../artifacts/bright-arc.ts';
import { brightSpray } from '../artifacts/bright-spray.ts';
import { brushStrokes } from '../artifacts/brush-strokes.ts';
import { ghost } from '../artifacts/ghost.ts';
import type { GhostImage } from '../artifacts/ghost.ts';
import type { Rng } from '../rng.ts';
import { ccdPixelsApart, thumbnailSize } from './layout.ts';

/** Pixels of the drawing along one of the thumbnail: the models' soft edges of some 10 px are then two or three of its pixels wide. */
const finer = 4;
/** CCD pixels along one of the drawing. */
const coarser = ccdPixelsApart / finer;
const side = thumbnailSize * finer;

/** One event of scattered light on a thumbnail. */
export interface ScatteredLight {
  /** Sky rms, [size, size]. */
  readonly light: Float32Array;
  /** Ghost images: outlines that people would draw, thumbnail pixels; empty for anything else. */
  readonly outlines: readonly Outline[];
  /** The star that causes it, thumbnail pixels, where the event has one. */
  readonly star: { readonly x: number; readonly y: number } | null;
}

export interface Outline {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly axisRatio: number;
  /** Direction of the short axis, radians from the x axis. */
  readonly angle: number;
  /** Brightness of the rim, sky rms. */
  readonly peak: number;
}

export type ScatterKind = 'ghost' | 'spray' | 'arc' | 'strokes';

/**
 * Draws and renders an event by the models of whole exposures: parameters are drawn in focal-plane pixels, lengths are then divided, and the whole
 * focal plane is rendered as one CCD of coarse pixels.
 */
export function drawScatteredLight(rng: Rng, kind: ScatterKind, exposure: ExposureContext): ScatteredLight {
  switch (kind) {
    case 'ghost': {
      const { peak, images, star } = ghost.draw(rng, exposure);
      const smaller = images.map((image) => divide(image, ['x', 'y', 'radius']));
      return {
        light: render(ghost, { peak, images: smaller, star }),
        outlines: images.map((image) => outlineOf(image, peak)),
        star: onThumbnail(star),
      };
    }
    case 'spray':
      return plain(brightSpray, divide(brightSpray.draw(rng, exposure), ['x', 'y', 'near', 'far']));
    case 'arc':
      return plain(
        brightArc,
        divide(brightArc.draw(rng, exposure), ['x', 'y', 'radius', 'length', 'widthPixels']),
      );
    case 'strokes':
      return plain(
        brushStrokes,
        divide(brushStrokes.draw(rng, exposure), ['x', 'y', 'length', 'width', 'curvature']),
      );
  }
}

function plain<P>(model: ArtifactModel<P>, parameters: P): ScatteredLight {
  return { light: render(model, parameters), outlines: [], star: null };
}

/** Lengths of a model's parameters, CCD pixels, as pixels of the drawing. */
function divide<P extends object, K extends keyof P>(parameters: P, lengths: readonly K[]): P {
  const divided = lengths.map((name) => [name, (parameters[name] as number) / coarser]);
  return { ...parameters, ...(Object.fromEntries(divided) as Pick<P, K>) };
}

function render<P>(model: ArtifactModel<P>, parameters: P): Float32Array {
  const drawing = new Float32Array(side * side);
  const place = { name: '', ccdnum: 0, centreX: 0, centreY: 0, readoutEdge: 'bottom' } as const;
  // What these models know of a scene: where it lies, how large it is, and the unit of brightness.
  const scene = {
    place,
    width: side,
    height: side,
    skyRms: 1,
    brightStars: [] as Star[],
  } as unknown as CcdScene;
  model.render!(scene, parameters, drawing);
  const light = new Float32Array(thumbnailSize * thumbnailSize);
  for (let y = 0; y < side; y++) {
    const column = thumbnailSize - 1 - Math.floor(y / finer);
    for (let x = 0; x < side; x++) {
      const value = drawing[y * side + x];
      // The focal plane's x runs down a thumbnail, its y against the columns.
      if (value !== 0) light[Math.floor(x / finer) * thumbnailSize + column] += value;
    }
  }
  return light.map((sum) => sum / (finer * finer));
}

function onThumbnail({ x, y }: { readonly x: number; readonly y: number }): { x: number; y: number } {
  const at = (value: number) => value / ccdPixelsApart + thumbnailSize / 2;
  return { x: at(-y), y: at(x) };
}

function outlineOf(image: GhostImage, peak: number): Outline {
  return {
    ...onThumbnail(image),
    radius: image.radius / ccdPixelsApart,
    axisRatio: image.axisRatio,
    angle: Math.atan2(image.x, -image.y),
    peak: peak * image.weight,
  };
}
