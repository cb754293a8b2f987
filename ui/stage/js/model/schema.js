/**
 * Generated from levitor_core/document.py by `python -m ui.stage.schema`; do not edit.
 *
 * @typedef {{time: number, pan: readonly [number, number], zoom: number, push: number}} CameraKey
 * @typedef {{keys: readonly (CameraKey)[], easing: "none" | "in" | "out" | "both"}} CameraMove
 * @typedef {{tool: "nearer" | "farther" | "level" | "smooth", points: readonly (readonly [number, number])[], radius: number, amount: number}} DepthStroke
 * @typedef {{renderer: string, seed: number, num_variants: number, num_frames: number | null, fps: number | null}} GenerationSettings
 * @typedef {{name: string, relation: "front" | "behind", start: number, end: number}} OrderOverride
 * @typedef {{name: string, mask: string, colour: string, waypoints: readonly (Waypoint)[], timing: "even" | "per-click", easing: "none" | "in" | "out" | "both", hidden: boolean, on_ground: boolean, pinned_to_screen: boolean, relief: number, shadow: number, feather: number, hold: number, order_overrides: readonly (OrderOverride)[], copy_of: string | null, follows: string | null, id: string | null}} SceneObject
 * @typedef {{name: string, mask: string, shift: number, flatten: boolean, id: string | null}} Scenery
 * @typedef {{x: number, y: number, nearness: "same" | number, time: number | null, size: number, rotation: number}} Waypoint
 * @typedef {{objects: readonly (SceneObject)[], scenery: readonly (Scenery)[], depth_strokes: readonly (DepthStroke)[], camera: CameraMove, softness: number, settings: GenerationSettings, renderers: Record<string, any>}} Document
 */

export const MAX_OBJECTS = /** @type {const} */ (64);
export const MAX_SCENERY = /** @type {const} */ (64);
export const MAX_WAYPOINTS = /** @type {const} */ (200);
export const MAX_CAMERA_KEYS = /** @type {const} */ (200);
export const MAX_ORDERS = /** @type {const} */ (256);
export const MAX_STROKES = /** @type {const} */ (200);
export const MAX_STROKE_POINTS = /** @type {const} */ (64);
export const MAX_STROKE_RADIUS = /** @type {const} */ (200.0);
export const MAX_NAME = /** @type {const} */ (60);
export const MAX_NEARNESS = /** @type {const} */ (4.0);
export const FARTHEST_PIXEL = /** @type {const} */ (100000.0);
export const COLOURS = /** @type {const} */ ([
  "#ff5a5f",
  "#3d8bfd",
  "#2fb37a",
  "#f2a516",
  "#a06bff",
  "#12b5c9",
  "#e8589c",
  "#8fae1b",
  "#c9713a",
  "#6f7d95"
]);
export const OPENED = /** @type {const} */ ([
  ".png",
  ".jpg",
  ".jpeg",
  ".jfif",
  ".webp",
  ".avif",
  ".heic",
  ".heif",
  ".hif",
  ".tif",
  ".tiff",
  ".bmp",
  ".gif",
  ".levitor"
]);
export const TRACKED = /** @type {const} */ ([
  ".npy",
  ".json",
  ".csv",
  ".txt"
]);
export const DEFAULTS = /** @type {const} */ ({
  "CameraKey": {
    "pan": [
      0.0,
      0.0
    ],
    "zoom": 1.0,
    "push": 0.0
  },
  "CameraMove": {
    "keys": [],
    "easing": "none"
  },
  "DepthStroke": {
    "radius": 24.0,
    "amount": 30.0
  },
  "GenerationSettings": {
    "renderer": "auto",
    "seed": 217,
    "num_variants": 1,
    "num_frames": null,
    "fps": null
  },
  "OrderOverride": {
    "start": 0.0,
    "end": 1.0
  },
  "SceneObject": {
    "colour": "#ff5a5f",
    "waypoints": [],
    "timing": "even",
    "easing": "none",
    "hidden": false,
    "on_ground": false,
    "pinned_to_screen": false,
    "relief": 0.0,
    "shadow": 0.35,
    "feather": 0.0,
    "hold": 1.0,
    "order_overrides": [],
    "copy_of": null,
    "follows": null,
    "id": null
  },
  "Scenery": {
    "shift": 0.0,
    "flatten": false,
    "id": null
  },
  "Waypoint": {
    "nearness": "same",
    "time": null,
    "size": 1.0,
    "rotation": 0.0
  },
  "Document": {
    "objects": [],
    "scenery": [],
    "depth_strokes": [],
    "camera": {
      "keys": [],
      "easing": "none"
    },
    "softness": 30.0,
    "settings": {
      "renderer": "auto",
      "seed": 217,
      "num_variants": 1,
      "num_frames": null,
      "fps": null
    }
  }
});
export const RANGES = /** @type {const} */ ({
  "CameraKey": {
    "time": [
      0,
      1
    ],
    "zoom": [
      0.01,
      100
    ],
    "push": [
      -8,
      0.75
    ]
  },
  "DepthStroke": {
    "radius": [
      1,
      200.0
    ],
    "amount": [
      0,
      255
    ]
  },
  "GenerationSettings": {
    "seed": [
      0,
      4294967295
    ],
    "num_variants": [
      1,
      4
    ],
    "num_frames": [
      1,
      1200
    ],
    "fps": [
      1,
      60
    ]
  },
  "OrderOverride": {
    "start": [
      0,
      1
    ],
    "end": [
      0,
      1
    ]
  },
  "SceneObject": {
    "relief": [
      0,
      1
    ],
    "shadow": [
      0,
      1
    ],
    "feather": [
      0,
      40
    ],
    "hold": [
      0.1,
      8
    ]
  },
  "Scenery": {
    "shift": [
      -255,
      255
    ]
  },
  "Waypoint": {
    "x": [
      -100000.0,
      100000.0
    ],
    "y": [
      -100000.0,
      100000.0
    ],
    "nearness": [
      0,
      4.0
    ],
    "time": [
      0,
      1
    ],
    "size": [
      0.01,
      100
    ],
    "rotation": [
      -36000,
      36000
    ]
  },
  "Document": {
    "softness": [
      0,
      10000
    ]
  }
});
