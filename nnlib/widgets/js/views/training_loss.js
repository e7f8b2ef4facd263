// The loss so far, on the axis that shows it best.
import { format } from "../ui/format.js";
import { axes } from "./axes.js";
import { labelText } from "./label.js";
import { linear, logarithmic, logTicks, padded, ticks } from "./scale.js";
import { set, setAll, setText, show, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./axes.js").Frame} Frame */

const WIDE_RANGE = 12;

/** @param {Context} context @param {number} loss step of the loss */
export function lossPlot(context, loss) {
  const frameAxes = axes();
  const line = svg("path", { class: "nn-loss-line" });
  const dot = svg("circle", { class: "nn-loss-dot", r: 4 });
  const title = svg("text", { class: "nn-plot-title" });
  const hint = svg("text", { class: "nn-hint", "text-anchor": "middle" }, "Train to draw the loss");
  const below = svg("text", { class: "nn-plot-title", "text-anchor": "end" }, "training steps");
  const value = svg("g", { class: "nn-loss-value" }, context.svgNumber(loss, 0, { always: true }));
  const name = labelText(context.trace.steps[loss].name, { class: "nn-loss-name", "text-anchor": "end" });
  const element = svg("g", { class: "nn-loss-plot" }, frameAxes.element, line, dot, title, below, hint, name, value);

  /** @param {Frame} frame @param {number[]} losses before the first step and after each @param {number} now */
  function draw(frame, losses, now) {
    const done = Math.max(0, losses.length - 1);
    const all = [...losses, now].filter(Number.isFinite);
    const [low, high] = extent(all);
    const log = low > 0 && high / low > WIDE_RANGE;
    const range = /** @type {[number, number]} */ (log ? [low / 1.15, high * 1.15] : paddedFromZero(low, high));
    const x = linear([0, Math.max(10, done)], [frame.left, frame.right]);
    const y = (log ? logarithmic : linear)(range, [frame.bottom, frame.top]);
    const yTicks = log ? logTicks(...range) : ticks(...range, (frame.bottom - frame.top) / 45);
    const xTicks = ticks(0, Math.max(10, done), (frame.right - frame.left) / 80).filter(Number.isInteger);
    frameAxes.draw(frame, { scale: x, values: xTicks }, { scale: y, values: yTicks });
    set(line, "d", pathOf(losses, x, y, frame.right - frame.left));
    show(hint, done === 0);
    show(dot, Number.isFinite(now) && (!log || now > 0));
    if (Number.isFinite(now)) setAll(dot, { cx: x(done).toFixed(1), cy: y(now).toFixed(1) });
    setText(title, log ? "loss (log)" : "loss");
    placeTexts(frame, format(now).length);
  }

  /** @param {Frame} frame @param {number} digits of the number on the right */
  function placeTexts(frame, digits) {
    const middle = (frame.left + frame.right) / 2;
    setAll(title, { x: frame.left, y: frame.top - 8 });
    setAll(below, { x: frame.right, y: frame.bottom + 34 });
    // Below the one dot there is before training, which stands halfway up.
    setAll(hint, { x: middle, y: frame.top + 0.75 * (frame.bottom - frame.top) });
    set(value, "transform", `translate(${frame.right} ${frame.top - 8})`);
    setAll(name, { x: frame.right - 8 - 9 * digits, y: frame.top - 8 });
  }

  return { element, draw };
}

/** @param {number[]} values @returns {[number, number]} */
function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low <= high ? [low, high] : [0, 1];
}

/** A loss near zero is shown from zero. @param {number} low @param {number} high */
function paddedFromZero(low, high) {
  const [below, above] = padded([low, high]);
  return low >= 0 && low < 0.6 * high ? [0, above] : [below, above];
}

/** At most two points a pixel: the least and the largest of the losses that share it.
 * @param {number[]} losses @param {(v: number) => number} x @param {(v: number) => number} y @param {number} pixels */
function pathOf(losses, x, y, pixels) {
  const share = Math.max(1, Math.ceil(losses.length / pixels));
  let path = "";
  let pen = "M";
  for (let start = 0; start < losses.length; start += share) {
    for (const i of corners(losses, start, Math.min(losses.length, start + share))) {
      const at = y(losses[i]);
      if (!Number.isFinite(at)) { pen = "M"; continue; }
      path += `${pen}${x(i).toFixed(1)} ${at.toFixed(1)}`;
      pen = "L";
    }
  }
  return path || null;
}

/** Where the least and the largest value of a stretch stand, in order. @param {number[]} losses @param {number} start @param {number} end */
function corners(losses, start, end) {
  let [least, most] = [start, start];
  for (let i = start; i < end; i += 1) {
    if (losses[i] < losses[least]) least = i;
    if (losses[i] > losses[most]) most = i;
  }
  return least === most ? [least] : [Math.min(least, most), Math.max(least, most)];
}
