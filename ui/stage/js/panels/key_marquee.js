/** A box drawn over the timeline's rows chooses the keys in it. */

/** @import { App } from "../model/app.js" */

const SLACK_PX = 4;

/** @param {App} app @param {PointerEvent} event */
export function dragMarquee(app, event) {
  const rows = /** @type {HTMLElement} */ (event.currentTarget);
  if (/** @type {Element} */ (event.target).closest("button")) return;
  event.preventDefault();
  const box = document.createElement("div");
  const listening = new AbortController();
  const stop = () => (box.remove(), listening.abort());
  const move = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const [left, right] = [event.clientX, clientX].sort((a, b) => a - b);
    const [top, bottom] = [event.clientY, clientY].sort((a, b) => a - b);
    if (right - left + bottom - top < SLACK_PX) return;
    const frame = rows.getBoundingClientRect();
    box.className = "lv-marquee";
    Object.assign(box.style, { left: `${left - frame.left}px`, top: `${top - frame.top + rows.scrollTop}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    rows.append(box);
    const inside = [.../** @type {NodeListOf<HTMLElement>} */ (rows.querySelectorAll(".lv-key"))].filter((key) => {
      const { left: x0, right: x1, top: y0, bottom: y1 } = key.getBoundingClientRect();
      return (x0 + x1) / 2 >= left && (x0 + x1) / 2 <= right && y1 > top && y0 < bottom;
    });
    app.point({ keys: inside.map(({ dataset }) => ({ of: dataset.of ?? "", index: Number(dataset.index) })) });
  };
  app.point({ keys: [] });
  window.addEventListener("pointermove", move, listening);
  window.addEventListener("pointerup", stop, listening);
  window.addEventListener("pointercancel", stop, listening);
}
