import type { ChannelImage } from './channel-image.ts';
import { flipImage } from './flip.ts';
import { addNoise, cutOut } from './pixels.ts';
import type { Uniform } from './pixels.ts';
import { warpImage } from './warp.ts';

/** How far an image may be varied; what is not given is not done. */
export interface AugmentOptions {
  /** Mirrors left to right, top to bottom, each by chance of a half. */
  readonly flipX?: boolean;
  readonly flipY?: boolean;
  /** Rotation by any angle up to this, either way; 180 for every orientation. */
  readonly rotationDegrees?: number;
  /** Shift by up to this many pixels in x and y. */
  readonly shift?: number;
  /** Scale between 1/factor and factor, evenly in its logarithm. */
  readonly scaleFactor?: number;
  /** Standard deviation of added noise, up to this. */
  readonly noise?: number;
  /** A square of up to this side, whole inside the image, is filled. */
  readonly cutOut?: number;
  /** What comes in from outside and fills cut-outs. Default 0. */
  readonly fill?: number;
}

/**
 * An image varied by chance: flips, one warp, noise, a cut-out, in this order, as a new image. The same numbers of `random` give the same
 * image, whatever the image holds; seed it by epoch and sample. Throws RangeError for options out of range.
 */
export function augmentImage(image: ChannelImage, options: AugmentOptions, random: Uniform): ChannelImage {
  const { rotationDegrees = 0, shift = 0, scaleFactor = 1, noise = 0, cutOut: side = 0, fill = 0 } = options;
  const sideLimit = Math.min(image.height, image.width);
  if (!(
    rotationDegrees >= 0 &&
    shift >= 0 &&
    scaleFactor >= 1 &&
    noise >= 0 &&
    side >= 0 &&
    side <= sideLimit
  )) {
    throw new RangeError(
      `augmentImage: rotation ${rotationDegrees}, shift ${shift} and noise ${noise} must be at least 0, scaleFactor ${scaleFactor} at least 1, ` +
        `cutOut ${side} between 0 and the image's ${sideLimit}`,
    );
  }
  const around = (limit: number) => limit * (2 * random() - 1);
  let varied = image;
  if (options.flipX || options.flipY) {
    const [x, y] = [random() < 0.5, random() < 0.5];
    varied = flipImage(varied, { x: x && options.flipX === true, y: y && options.flipY === true });
  }
  if (rotationDegrees > 0 || shift > 0 || scaleFactor > 1) {
    varied = warpImage(varied, {
      rotationDegrees: around(rotationDegrees),
      shiftX: around(shift),
      shiftY: around(shift),
      scale: Math.exp(around(Math.log(scaleFactor))),
      fill,
    });
  }
  if (noise > 0) varied = addNoise(varied, noise * random(), random);
  if (side > 0) {
    const size = 1 + Math.floor(random() * side);
    const left = Math.floor(random() * (image.width - size + 1));
    const top = Math.floor(random() * (image.height - size + 1));
    varied = cutOut(varied, { left, top, width: size, height: size }, fill);
  }
  return varied;
}
