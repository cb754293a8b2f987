/** Playing the clip: what the clock does to the playhead. */

import { clamp } from "./document.js";

/** @import { App } from "./app.js" */

const END = 0.999;

export class Playback {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.lastTick = 0;
  }

  toggle() {
    const { app } = this;
    const restart = !app.ui.playing && app.ui.time >= END;
    this.lastTick = 0;
    app.set({ playing: !app.ui.playing, ...(restart ? { time: 0 } : {}) });
  }

  /** @param {number} by frames */
  step(by) {
    const last = Math.max(this.app.clip.num_frames - 1, 1);
    this.app.set({ time: clamp((Math.round(this.app.ui.time * last) + by) / last, 0, 1), playing: false });
  }

  /** Advance while playing; called once per animation frame. @param {number} now milliseconds */
  tick(now) {
    const { app } = this;
    if (!app.ui.playing) return;
    const seconds = app.clip.num_frames / app.clip.fps;
    const passed = this.lastTick ? (now - this.lastTick) / 1000 / seconds : 0;
    this.lastTick = now;
    const time = app.ui.time + passed;
    if (time < 1 || app.ui.loop) app.advance(time % 1);
    else app.set({ time: 1, playing: false });
  }
}
