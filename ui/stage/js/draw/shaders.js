/**
 * GLSL for the live picture. Clip positions keep the viewed depth in w, so that the hardware divides by it and
 * interpolates texture coordinates in perspective; window depth is linear in disparity, so that it needs no shader.
 */

import { MAX_DISPARITY } from "../model/geometry.js";
import { MAX_NEARNESS } from "../model/schema.js";
import { FLATNESS } from "../model/shadow.js";

const COMMON = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform vec2 uCenter, uPan, uScale, uOffset, uSize;
uniform float uZoom, uPush, uNear, uSoftness;
uniform sampler2D uDisparity;
float sceneDepth(vec2 q) { return 1.0 / (max(texture(uDisparity, (q + 0.5) / uSize).r, 1.0) + uSoftness); }
float viewed(float z) { return max(z - uPush, 0.25 * uNear); }
float windowDepth(float z) { return 1.0 - 0.5 * uNear / viewed(z); }
`;

export const SCENE_VERTEX = `${COMMON}
in vec2 aPoint;
out vec2 vPoint;
void main() {
  float z = sceneDepth(clamp(aPoint, vec2(0.0), uSize - 1.0));
  vec2 u = uCenter + uZoom * (aPoint - uCenter) * z / viewed(z) + uPan;
  vPoint = aPoint;
  gl_Position = vec4(u * uScale + uOffset, windowDepth(z), 1.0);
}`;

export const SCENE_FRAGMENT = `${COMMON}
in vec2 vPoint;
uniform sampler2D uPhoto, uBackground, uRemoved;
uniform float uHasBackground, uDepthView;
out vec4 colour;
vec3 ramp(float t) {
  vec3 far = vec3(0.10, 0.09, 0.30), middle = vec3(0.75, 0.24, 0.45), near = vec3(1.0, 0.93, 0.62);
  return t < 0.5 ? mix(far, middle, t * 2.0) : mix(middle, near, t * 2.0 - 1.0);
}
void main() {
  vec2 uv = (vPoint + 0.5) / uSize;
  vec3 seen = texture(uPhoto, uv).rgb;
  if (uHasBackground > 0.5) {
    float removed = texture(uRemoved, uv).r;
    if (removed > 0.0) seen = mix(seen, texture(uBackground, uv).rgb, removed);
  }
  if (uDepthView > 0.0) seen = mix(seen, ramp((1.0 / sceneDepth(vPoint) - uSoftness) / 255.0), uDepthView);
  colour = vec4(seen, 1.0);
}`;

export const OBJECT_VERTEX = `${COMMON}
in vec3 aVertex;
uniform vec2 uAnchor, uPlace, uTurn;
uniform float uAnchorZ, uPlaceZ, uPinned;
out vec2 vPoint;
out float vDepth;
void main() {
  vec2 arm = aVertex.xy - uAnchor;
  vec2 turned = uAnchor + vec2(uTurn.x * arm.x - uTurn.y * arm.y, uTurn.y * arm.x + uTurn.x * arm.y);
  float z = aVertex.z;
  float moved = max(z + uPlaceZ - uAnchorZ, uNear / (1.0 + ${((MAX_NEARNESS - 1) * MAX_DISPARITY).toFixed(1)} * uNear));
  vec2 lifted = (turned - uCenter) * z + (uPlace - uCenter) * uPlaceZ - (uAnchor - uCenter) * uAnchorZ;
  float w = uPinned > 0.5 ? moved : viewed(moved);
  vec2 seen = uPinned > 0.5 ? lifted + uCenter * w : uZoom * lifted + (uCenter + uPan) * w;
  vPoint = aVertex.xy;
  vDepth = moved;
  gl_Position = vec4(seen * uScale + uOffset * w, windowDepth(moved) * w, w);
}`;

/**
 * `uHider` holds, per still pixel, the disparity from which on an object is seen before it; see `hiderOf`. Where moving
 * objects have fixed orders, `ordered` moves a pixel to just before, or just behind, what it is held against.
 */
const objectFragment = (/** @type {boolean} */ fixed) => `${COMMON}
${fixed ? "#define FIXED" : ""}
in vec2 vPoint;
in float vDepth;
uniform sampler2D uCutOut, uHider;
uniform vec4 uBox;
uniform vec2 uViewport;
uniform vec4 uShadow; // x, y, radius, how dark; where that is 0 the object itself is drawn
uniform float uCore, uOpacity;
uniform vec4 uCut0, uCut1, uCut2, uCut3; // where the photo's sides cut it off: middle, half, how deep rounded, how deep faded
out vec4 colour;
float uncut(vec4 cut, float depth, float along) { // as CutSide.opacity in levitor_core/motion/cut_sides.py
  if (cut.w <= 0.0) return 1.0;
  float beside = abs(along - cut.x) / cut.y;
  float bound = beside < 1.0 ? cut.z * (1.0 - sqrt(1.0 - beside * beside)) : max(cut.z - (beside - 1.0) * cut.y, 0.0);
  return smoothstep(0.0, 1.0, (depth - bound) / cut.w);
}
float uncutAt(vec2 q) {
  vec2 far = uSize - 0.5 - q;
  return uncut(uCut0, q.y + 0.5, q.x) * uncut(uCut1, far.y, q.x) * uncut(uCut2, q.x + 0.5, q.y) * uncut(uCut3, far.x, q.y);
}
#ifdef FIXED
uniform highp sampler2D uBefore, uBehind;
uniform float uHasBefore, uHasBehind;
float seenDepth(float window) { return 0.25 * uNear / (1.0 - window) + uPush; }
float ordered(float z, float hider, float scene) {
  if (hider < -500.0) z = min(z, scene * (1.0 - 0.01 * min(scene / z, 1.0)));
  if (hider > 5000.0) z = max(z, scene / 0.99);
  float before = uHasBefore > 0.5 ? texelFetch(uBefore, ivec2(gl_FragCoord.xy), 0).r : 1.0;
  if (before < 1.0) z = min(z, seenDepth(before) * 0.999);
  float behind = uHasBehind > 0.5 ? texelFetch(uBehind, ivec2(gl_FragCoord.xy), 0).r : 0.0;
  return behind > 0.0 ? max(z, seenDepth(behind) * 1.001) : z;
}
#endif
float unhidden() {
  vec2 u = (gl_FragCoord.xy / uViewport * 2.0 - 1.0 - uOffset) / uScale - uPan - uCenter;
  vec2 q = uCenter + u / uZoom;
  if (uPush != 0.0) for (int i = 0; i < 3; i++) {
    float z = sceneDepth(q);
    q = uCenter + u / uZoom * viewed(z) / z;
  }
  bool outside = any(lessThan(q, vec2(-0.5))) || any(greaterThan(q, uSize - 0.5));
  float hider = texture(uHider, (q + 0.5) / uSize).r;
#ifdef FIXED
  float scene = sceneDepth(q), z = ordered(vDepth, outside ? 0.0 : hider, scene);
  gl_FragDepth = 0.5 + 0.5 * windowDepth(z);
  float ahead = 1.0 / z - 1.0 / (1.004 * scene);
#else
  float ahead = 1.0 / vDepth - uSoftness - hider;
#endif
  return outside ? 1.0 : clamp(ahead / max(fwidth(ahead), 1e-4) + 0.5, 0.0, 1.0);
}
void main() {
  if (uShadow.w > 0.0) {
    vec2 away = (vPoint - uShadow.xy) / (uShadow.z * vec2(1.0, ${FLATNESS}));
    colour = vec4(0.0, 0.0, 0.0, uShadow.w * exp(-dot(away, away)) * unhidden());
    return;
  }
  vec4 own = texture(uCutOut, (vPoint + 0.5 - uBox.xy) / (uBox.zw - uBox.xy));
  own.a *= uncutAt(vPoint);
  float seen = unhidden();
  bool core = own.a >= 0.98 && seen > 0.5;
  if (uCore > 1.5) {
    if (own.a < 0.5) discard;
    return;
  }
  if (uCore > 0.5 ? !core : (core && uOpacity == 1.0)) discard;
  float alpha = uCore > 0.5 ? 1.0 : own.a * seen * uOpacity;
  if (alpha < 0.004) discard;
  colour = vec4(own.rgb * alpha, alpha);
}`;

export const OBJECT_FRAGMENT = objectFragment(false);
export const ORDERED_FRAGMENT = objectFragment(true);
