// Arrays of pixels between images of one size. A fresh array of 33 MB costs its first touch, page by page, more than most passes over it, and
// collecting it afterwards stops the thread.

type PixelArray = Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Uint8Array;

/** Kept of each type. */
const most = 2;
const spare = new Map<unknown, PixelArray[]>();

/** An array with anything in it: one that was handed back where there is one of that type and length, else a new one. */
export function takeArray<T extends PixelArray>(Type: new (length: number) => T, length: number): T {
  const kept = spare.get(Type) ?? [];
  const at = kept.findIndex((array) => array.length === length);
  return at < 0 ? new Type(length) : (kept.splice(at, 1)[0] as T);
}

/** Hands an array back that nobody will look at again, for the next `takeArray` of its kind; the latest two of each type are kept. */
export function recycleArray(array: PixelArray): void {
  const others = (spare.get(array.constructor) ?? []).filter((other) => other !== array);
  spare.set(array.constructor, [array, ...others].slice(0, most));
}
