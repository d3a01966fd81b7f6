// Pixel arrays between CCDs of one size. A fresh array of 33 MB costs its first touch, page by page, more than most passes over it, and collecting
// it afterwards stops the thread.

const most = 2;
let spare: Float32Array[] = [];

/** An array of that many pixels with anything in them: one that was handed back where there is one, else a new one. */
export function takePixels(size: number): Float32Array {
  const at = spare.findIndex(({ length }) => length === size);
  return at < 0 ? new Float32Array(size) : spare.splice(at, 1)[0];
}

/** Hands an array back that nobody will look at again, for the next plane of its size; the latest two are kept. */
export function recyclePixels(pixels: Float32Array): void {
  spare = [pixels, ...spare.filter((other) => other !== pixels)].slice(0, most);
}
