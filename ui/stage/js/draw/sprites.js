/**
 * Each object's cut-out, made once per mask and photo.
 */

import { cutOut } from "../model/cutout.js";
import { boundingBox } from "../model/masks.js";

/** @import { Box, FloatMap, Mask, StageObject } from "../model/types.js" */
/** @import { World } from "../model/world.js" */

/** @typedef {{image: ImageData, box: Box, canvas: HTMLCanvasElement,
 *   meshSource: (tamed: FloatMap, softness: number) => object}} Sprite */

const MARGIN = 2;

export class Sprites {
  /** @param {(object: StageObject) => Mask | undefined} maskOf its own pixels */
  constructor(maskOf) {
    this.maskOf = maskOf;
    /** @type {Map<Mask, Map<number, Sprite | null>>} by mask and feather */
    this.known = new Map();
    /** @type {ImageBitmap | null} */
    this.photo = null;
  }

  /** @param {World} world @param {StageObject} object @param {number} feather of its edge now @returns {Sprite | null} */
  of(world, object, feather) {
    if (this.photo !== world.photo) {
      this.known.clear();
      this.photo = world.photo;
    }
    const mask = this.maskOf(object);
    if (!mask || !world.photo) return null;
    const known = this.known.get(mask) ?? new Map();
    if (known.has(feather)) return known.get(feather);
    if (this.known.size > 64) this.known.clear();
    if (known.size > 1) known.clear(); // of a feather that is being chosen
    const sprite = makeSprite(mask, world.photo, feather);
    this.known.set(mask, known.set(feather, sprite));
    return sprite;
  }
}

/** @param {Mask} mask @param {ImageBitmap} photo @param {number} feather @returns {Sprite | null} */
function makeSprite(mask, photo, feather) {
  const tight = boundingBox(mask);
  if (!tight) return null;
  /** @type {Box} */
  const box = [
    Math.max(tight[0] - MARGIN, 0),
    Math.max(tight[1] - MARGIN, 0),
    Math.min(tight[2] + MARGIN, mask.width),
    Math.min(tight[3] + MARGIN, mask.height),
  ];
  const image = cutOutImage(mask, box, photo, feather);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  /** @type {{tamed: object, softness: number} | null} */
  let source = null;
  const sprite = /** @type {Sprite} */ ({ image, box, canvas });
  sprite.meshSource = (tamed, softness) => {
    if (source?.tamed !== tamed || source.softness !== softness) source = Object.assign({}, { sprite, tamed, softness });
    return source;
  };
  return sprite;
}

/** @param {Mask} mask @param {Box} box @param {ImageBitmap} photo @param {number} feather @returns {ImageData} */
function cutOutImage(mask, box, photo, feather) {
  const [scaleX, scaleY] = [photo.width / mask.width, photo.height / mask.height];
  const [width, height] = [Math.ceil((box[2] - box[0]) * scaleX), Math.ceil((box[3] - box[1]) * scaleY)];
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const from = [box[0] * scaleX, box[1] * scaleY, (box[2] - box[0]) * scaleX, (box[3] - box[1]) * scaleY];
  context.drawImage(photo, from[0], from[1], from[2], from[3], 0, 0, width, height);
  const cut = cutOut(mask, box, context.getImageData(0, 0, width, height), feather);
  const image = new ImageData(width, height);
  image.data.set(cut.data);
  return image;
}
