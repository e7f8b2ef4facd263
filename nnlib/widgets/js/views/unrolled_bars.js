// How large the gradient of the state is at every time: one bar each, by the logarithm where they span decades.
import { format } from "../ui/format.js";
import { chooser } from "./unrolled_chooser.js";
import { stepOf } from "./unrolled_keys.js";
import { round } from "./unrolled_parts.js";
import { sizeOf } from "./unrolled_plan.js";
import { drawing, html, mark, set, setAll, setText, svg } from "./svg.js";
import { tickText } from "./scale.js";

/** @typedef {import("./unrolled_plan.js").Plan} Plan */
/** @typedef {import("./types.js").State} State */
/** @typedef {{log: boolean, low: number, high: number}} Scale */

const HEIGHT = 32;
const LEFT = 44;
const DECADES = 2;

/** From what to what the bars go; sizes that are 0 or not finite have no say. @param {number[]} sizes @returns {Scale} */
export function scaleOfSizes(sizes) {
  const finite = sizes.filter((v) => Number.isFinite(v) && v > 0);
  if (finite.length === 0) return { log: false, low: 0, high: 1 };
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  if (Math.log10(most) - Math.log10(least) < DECADES) return { log: false, low: 0, high: most };
  return { log: true, low: Math.floor(Math.log10(least)) - 0.25, high: Math.ceil(Math.log10(most)) };
}

/** Share of the height; all of it for what is not finite. @param {number} size @param {Scale} scale */
export function barHeight(size, { log, low, high }) {
  if (!Number.isFinite(size)) return 1;
  if (size === 0) return 0;
  return Math.min(1, Math.max(0, log ? (Math.log10(size) - low) / (high - low) : size / high));
}

/** In quarters of a px: a size that is not 0 is seen, and one that is no number stands out. @param {number} size @param {Scale} scale */
function tallness(size, scale) {
  if (!Number.isFinite(size)) return HEIGHT + 2;
  return Math.max(size === 0 ? 0 : 1.5, Math.round(barHeight(size, scale) * HEIGHT * 4) / 4);
}

/** In words: from the last time to the first, and what has vanished or is no number. @param {number[]} sizes @param {boolean[]} known which of them are there yet */
export function sizesTold(sizes, known) {
  const last = known.lastIndexOf(true);
  const first = known.indexOf(true);
  if (first < 0) return "The gradients are not yet computed.";
  const at = (/** @type {number} */ t) => `${format(sizes[t])} at t = ${t + 1}`;
  const zeros = timesWhere(sizes, known, (v) => v === 0);
  const odd = timesWhere(sizes, known, (v) => !Number.isFinite(v));
  const ratio = sizes[first] / sizes[last];
  const times = Number.isFinite(ratio) && last > first && ratio > 0 ? ` (× ${format(ratio)})` : "";
  return `${at(last)}${last > first ? ` → ${at(first)}${times}` : ""}.${zeros ? ` Exactly 0 at t = ${zeros}.` : ""}${odd ? ` Not finite at t = ${odd}.` : ""}`;
}

/** @param {number[]} sizes @param {boolean[]} known @param {(v: number) => boolean} test */
function timesWhere(sizes, known, test) {
  const found = sizes.flatMap((v, t) => (known[t] && test(v) ? [t + 1] : []));
  if (found.length === 0) return "";
  const [first, last] = [found[0], found[found.length - 1]];
  if (found.length > 2 && last - first + 1 === found.length) return `${first} … ${last}`;
  return found.length > 4 ? `${found.slice(0, 3).join(", ")}, …, ${last}` : found.join(", ");
}

/** The states of each layer, which have gradients of their own. @param {Plan} plan */
function seriesOf({ rows }) {
  const layer = (/** @type {number} */ r) => (rows.length > 1 ? `, layer ${r + 1}` : "");
  return rows.flatMap(({ h, c }, r) => [{ name: `h${layer(r)}`, nodes: h }, ...(c ? [{ name: `c${layer(r)}`, nodes: c }] : [])]);
}

/** @param {Plan} plan @param {import("./unrolled_column.js").Look} look @param {(t: number) => void} go @param {(change: {size: number}) => void} pick */
export function sizeBars(plan, look, go, pick) {
  const series = seriesOf(plan);
  look.size = plan.rows[0].c ? series.length - 2 : series.length - 1;
  const picture = drawing("img", "How large the gradient of the state is at each time", "One bar for each time step; the words below say the first and the last.");
  const bars = series[0].nodes.map(() => svg("rect", { class: "nn-size-bar", rx: 1 }));
  const here = svg("path", { class: "nn-size-here" });
  const ticks = [0, 1].map(() => svg("text", { class: "nn-size-tick", x: LEFT - 6 }));
  const ends = [svg("text", { class: "nn-size-tick nn-size-t" }, "t = 1"), svg("text", { class: "nn-size-tick" }, String(plan.T))];
  picture.append(svg("path", { class: "nn-axis" }), here, ...bars, ...ticks, ...ends);
  const handle = html("div", { class: "nn-size-handle", role: "slider", tabindex: 0, "aria-label": "The time step that is looked at", "aria-valuemin": 1, "aria-valuemax": plan.T });
  const words = html("p", { class: "nn-quiet nn-size-words" });
  const which = chooser("Size of", series.length, (i) => `∂L/∂${series[i].name}`, (size) => pick({ size }));
  const element = html("div", { class: "nn-sizes" }, html("div", { class: "nn-size-chart" }, picture, handle), html("div", { class: "nn-seq-bar" }, which.element, words));
  const drawn = /** @type {number[]} */ ([]);
  let width = 540;

  handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const by = stepOf(event);
    if (by !== undefined) go(Math.min(plan.T - 1, Math.max(0, look.now + by)));
  });
  handle.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button === 0) go(timeAt(event));
  });
  handle.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (event.buttons === 1) go(timeAt(event));
  });

  /** @param {PointerEvent} event */
  function timeAt(event) {
    const box = handle.getBoundingClientRect();
    return Math.min(plan.T - 1, Math.max(0, Math.floor(((event.clientX - box.left - LEFT) / (box.width - LEFT)) * plan.T)));
  }

  /** @param {State} state */
  function update(state) {
    const { size, now: time } = look;
    const { nodes } = series[size];
    which.set(size);
    const known = nodes.map(({ gradient }) => gradient !== null && state.shown(gradient));
    const sizes = nodes.map(({ gradient }) => (gradient === null ? 0 : sizeOf(state.values[gradient].data, plan.H)));
    const scale = scaleOfSizes(sizes);
    const pitch = (width - LEFT) / plan.T;
    bars.forEach((bar, t) => {
      const tall = known[t] ? tallness(sizes[t], scale) : 0;
      mark(bar, "is-now", t === time);
      if (drawn[t] === tall) return;
      drawn[t] = tall;
      setAll(bar, { y: HEIGHT + 4 - tall, height: tall });
      mark(bar, "is-odd", !Number.isFinite(sizes[t]));
    });
    set(here, "d", `M${round(LEFT + pitch * time)} ${HEIGHT + 5}h${round(pitch)}`);
    setText(ticks[0], tickText(scale.log ? 10 ** scale.high : Number(scale.high.toPrecision(3))));
    setText(ticks[1], scale.log ? tickText(10 ** Math.ceil(scale.low)) : "0");
    setText(words, `${series.length > 1 ? "" : "|∂L/∂h|: "}${sizesTold(sizes, known)}${scale.log ? " Log scale." : ""}`);
    setAll(handle, { "aria-valuenow": time + 1, "aria-valuetext": `t = ${time + 1}${known[time] ? `: ${format(sizes[time])}` : ""}` });
  }

  /** @param {number} available */
  function resize(available) {
    width = available;
    const pitch = (width - LEFT) / plan.T;
    const wide = Math.max(1, Math.min(pitch * 0.72, 40));
    bars.forEach((bar, t) => setAll(bar, { x: round(LEFT + pitch * (t + 0.5) - wide / 2), width: round(wide) }));
    setAll(picture, { viewBox: `0 0 ${width} ${HEIGHT + 20}`, width, height: HEIGHT + 20 });
    set(/** @type {Element} */ (picture.querySelector(".nn-axis")), "d", `M${LEFT} ${HEIGHT + 4}H${width}`);
    set(ticks[0], "y", 10);
    set(ticks[1], "y", HEIGHT + 4);
    setAll(ends[0], { x: LEFT, y: HEIGHT + 18 });
    setAll(ends[1], { x: width, y: HEIGHT + 18 });
  }

  resize(width);
  return { element, update, resize, count: series.length };
}
