/**
 * GLSL for the live picture. Clip positions keep depth in w, so that the hardware divides by it and interpolates
 * texture coordinates in perspective; window depth is 1 - near / z' (linear in disparity), before the camera.
 */

const COMMON = `#version 300 es
precision highp float;
precision highp sampler2D;
uniform vec2 uCenter, uPan, uScale, uOffset, uSize;
uniform float uZoom, uPush, uNear, uSoftness;
uniform sampler2D uDisparity;
float depthOf(float d) { return 1.0 / (max(d, 1.0) + uSoftness); }
float sceneDepth(vec2 q) { return depthOf(texelFetch(uDisparity, ivec2(clamp(q + 0.5, vec2(0.0), uSize - 1.0)), 0).r); }
float viewed(float z) { return max(z - uPush, 0.25 * uNear); }
`;

export const SCENE_VERTEX = `${COMMON}
in vec2 aPoint;
out vec2 vPoint;
void main() {
  float z = sceneDepth(aPoint);
  float w = viewed(z);
  vec2 u = uCenter + uZoom * (aPoint - uCenter) * z / w + uPan;
  vPoint = aPoint;
  gl_Position = vec4(u * uScale + uOffset, 0.0, 1.0);
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
  if (uHasBackground > 0.5) seen = mix(seen, texture(uBackground, uv).rgb, texture(uRemoved, uv).r);
  float z = sceneDepth(vPoint);
  colour = vec4(mix(seen, ramp((1.0 / z - uSoftness) / 255.0), uDepthView), 1.0);
  gl_FragDepth = 1.0 - uNear / z;
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
  float moved = max(z + uPlaceZ - uAnchorZ, uNear);
  vec2 lifted = (turned - uCenter) * z + (uPlace - uCenter) * uPlaceZ - (uAnchor - uCenter) * uAnchorZ;
  float w = uPinned > 0.5 ? moved : viewed(moved);
  vec2 seen = uPinned > 0.5 ? lifted + uCenter * w : uZoom * lifted + (uCenter + uPan) * w;
  vPoint = aVertex.xy;
  vDepth = moved;
  gl_Position = vec4(seen * uScale + uOffset * w, 0.0, w);
}`;

export const OBJECT_FRAGMENT = `${COMMON}
in vec2 vPoint;
in float vDepth;
uniform sampler2D uCutOut, uOrder;
uniform vec4 uBox;
uniform vec2 uViewport;
uniform float uCore, uOpacity;
out vec4 colour;
float open(vec2 q) {
  if (any(lessThan(q, vec2(-0.5))) || any(greaterThan(q, uSize - 0.5))) return 1.0;
  float order = texelFetch(uOrder, ivec2(clamp(q + 0.5, vec2(0.0), uSize - 1.0)), 0).r * 255.0;
  if (order > 0.5) return order < 1.5 ? 1.0 : 0.0;
  return vDepth * 0.996 <= sceneDepth(q) ? 1.0 : 0.0;
}
float unhidden() {
  vec2 u = (gl_FragCoord.xy / uViewport * 2.0 - 1.0 - uOffset) / uScale - uPan - uCenter;
  vec2 q = uCenter + u / uZoom;
  if (uPush != 0.0) for (int i = 0; i < 4; i++) {
    float z = sceneDepth(q);
    q = uCenter + u / uZoom * viewed(z) / z;
  }
  vec2 corner = floor(q), part = q - corner;
  float top = mix(open(corner), open(corner + vec2(1.0, 0.0)), part.x);
  return mix(top, mix(open(corner + vec2(0.0, 1.0)), open(corner + 1.0), part.x), part.y);
}
void main() {
  vec4 own = texture(uCutOut, (vPoint + 0.5 - uBox.xy) / (uBox.zw - uBox.xy));
  float seen = unhidden();
  bool core = own.a >= 0.98 && seen > 0.5;
  if (uCore > 0.5 ? !core : (core && uOpacity == 1.0)) discard;
  float alpha = uCore > 0.5 ? 1.0 : own.a * smoothstep(0.15, 0.85, seen) * uOpacity;
  if (alpha < 0.004) discard;
  colour = vec4(own.rgb * alpha, alpha);
  gl_FragDepth = 1.0 - uNear / (vDepth * 0.996);
}`;
