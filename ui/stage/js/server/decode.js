/** PNGs to arrays and back, exactly: no colour management, no premultiplied alpha. */

/** @import { FloatMap, LabelMap, Mask } from "../model/types.js" */

/** @param {string} url @returns {Promise<ImageBitmap>} */
export async function loadBitmap(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The picture ${url.slice(0, 80)} could not be read.`);
  const options = /** @type {const} */ ({ colorSpaceConversion: "none", premultiplyAlpha: "none" });
  return createImageBitmap(await answer.blob(), options);
}

/** @param {string} url @returns {Promise<ImageData>} */
async function loadPixels(url) {
  const bitmap = await loadBitmap(url);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(bitmap, 0, 0);
  const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height);
  bitmap.close();
  return pixels;
}

/** @param {string} url a black and white PNG @returns {Promise<Mask>} */
export async function loadMask(url) {
  const { width, height, data } = await loadPixels(url);
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => (data[i * 4] > 127 ? 1 : 0)) };
}

/** Disparity 0..255 from a PNG that holds D x 257 as red x 256 + green. @param {string} url @returns {Promise<FloatMap>} */
export async function loadDisparity(url) {
  const { width, height, data } = await loadWords(url);
  return { width, height, data: Float32Array.from(data, (value) => value / 257) };
}

/** 16-bit values from red x 256 + green. @param {string} url @returns {Promise<LabelMap>} */
export async function loadWords(url) {
  const { width, height, data } = await loadPixels(url);
  return { width, height, data: Uint16Array.from({ length: width * height }, (_, i) => data[i * 4] * 256 + data[i * 4 + 1]) };
}

/** @param {Mask} mask @returns {string} a PNG data URL */
export function maskUrl({ width, height, data }) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const image = new ImageData(width, height);
  data.forEach((inside, i) => image.data.set([inside * 255, inside * 255, inside * 255, 255], i * 4));
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}
