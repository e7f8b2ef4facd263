// The pieces of the plane: the shaded half, the line, the arrow w, the distance from the origin, and the points.
import { format } from "../ui/format.js";
import { axes } from "./axes.js";
import { labelSpans } from "./label.js";
import { inside, score } from "./plane_geometry.js";
import { ticks } from "./scale.js";
import { drawing, mark, set, setAll, setText, show, svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./plane_model.js").Model} Model */
/** @typedef {import("./plane_model.js").Ids} Ids */
/** @typedef {import("./plane_geometry.js").Point} Point */
/** @typedef {import("./plane_model.js").Plot} Plot */

const HEAD = "M0 0L-11 5V-5z";
export const MARKS = {
  positive: (/** @type {number} */ x, /** @type {number} */ y) => `M${x - 6} ${y}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z`,
  negative: (/** @type {number} */ x, /** @type {number} */ y) => `M${x - 5.5} ${y - 5.5}h11v11h-11z`,
  wrong: (/** @type {number} */ x, /** @type {number} */ y) => `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`,
  current: (/** @type {number} */ x, /** @type {number} */ y) => ring(x, y, 9),
};

/** @param {Context} context @param {Ids} ids */
export function planeScene(context, ids) {
  const { trace } = context;
  const root = drawing("group", "Points and the line that parts them", "The shaded half is where the unit's sum is positive. The arrow is w; the line stands square on it.");
  const frameAxes = axes();
  const half = svg("path", { class: "nn-half" });
  const line = svg("path", { class: "nn-boundary" });
  const distance = svg("path", { class: "nn-distance" });
  const length = svg("text", { class: "nn-length" });
  const shaft = svg("path", { class: "nn-arrow" });
  const head = svg("path", { class: "nn-arrow-head", d: HEAD });
  const arrow = svg("g", { class: "nn-weights" }, shaft, head);
  const marks = { positive: svg("path", { class: "nn-positive" }), negative: svg("path", { class: "nn-negative" }) };
  const wrong = svg("path", { class: "nn-wrong" });
  const rings = { current: svg("path", { class: "nn-current" }), chosen: svg("path", { class: "nn-chosen-point" }) };
  const { shape, name } = trace.steps[ids.points];
  const names = ["0", "1"].map((column) => svg("text", { class: "nn-plot-title" }, shape[0] === 1 ? trace.labelOf(ids.points, Number(column)) : `${name}[:,${column}]`));
  const greater = svg("text", { class: "nn-math nn-half-name" }, ...labelSpans(trace.steps[ids.weights].name, " · "),
    ...labelSpans(name, ids.bias === null ? " > 0" : " + "), ...(ids.bias === null ? [] : labelSpans(trace.steps[ids.bias].name, " > 0")));
  root.append(half, frameAxes.element, ...names, distance, line, arrow, marks.negative, marks.positive, wrong, rings.current, rings.chosen, greater, length);
  let drawnBox = "";

  /** @param {Model} model @param {Plot} plot @param {State} state */
  function draw(model, plot, state) {
    drawAxes(plot);
    set(half, "d", model.area.length ? `M${model.area.map((p) => pixel(plot, p)).join("L")}z` : null);
    set(line, "d", model.segment ? `M${model.segment.map((p) => pixel(plot, p)).join("L")}` : null);
    mark(line, "is-lit", ids.bias !== null && state.lit.has(`${ids.bias}:0`));
    drawArrow(model, plot, state);
    drawDistance(model, plot);
    drawPoints(model, plot, state);
    nameHalf(model, plot);
  }

  /** @param {Plot} plot */
  function drawAxes({ x, y, frame, box }) {
    const key = JSON.stringify([frame, box]);
    if (key === drawnBox) return;
    drawnBox = key;
    set(root, "viewBox", `0 0 ${frame.right + 10} ${frame.bottom + 36}`);
    frameAxes.draw(frame, { scale: x, values: ticks(...box[0], (frame.right - frame.left) / 60) }, { scale: y, values: ticks(...box[1], (frame.bottom - frame.top) / 50) });
    setAll(names[0], { x: frame.right, y: frame.bottom + 33, "text-anchor": "end" });
    setAll(names[1], { x: frame.left + 6, y: frame.top + 11 });
  }

  /** @param {Model} model @param {Plot} plot @param {State} state */
  function drawArrow({ w, tip }, plot, state) {
    const visible = tip !== null && (w[0] !== 0 || w[1] !== 0);
    show(arrow, visible);
    mark(arrow, "is-lit", [0, 1].some((k) => state.lit.has(`${ids.weights}:${k}`)));
    if (!visible) return;
    const [from, to] = [place(plot, plot.base), place(plot, tip)];
    const angle = (Math.atan2(to[1] - from[1], to[0] - from[0]) * 180) / Math.PI;
    set(shaft, "d", `M${from.map(round).join(" ")}L${to.map(round).join(" ")}`);
    set(head, "transform", `translate(${to.map(round).join(" ")}) rotate(${angle.toFixed(1)})`);
  }

  /** From the origin square to the line; beside the arrow where the two run the same way. @param {Model} model @param {Plot} plot */
  function drawDistance({ line: found, foot }, plot) {
    const visible = found.kind === "line" && foot !== null && inside(foot, plot.box) && inside([0, 0], plot.box);
    const [from, to] = visible ? [place(plot, [0, 0]), place(plot, foot)] : [[0, 0], [0, 0]];
    const pixels = Math.hypot(to[0] - from[0], to[1] - from[1]);
    show(distance, pixels > 3);
    show(length, pixels > 46);
    if (!visible || pixels <= 3) return;
    const aside = /** @type {Point} */ ([(from[1] - to[1]) / pixels, (to[0] - from[0]) / pixels]);
    const shift = found.offset < 0 ? 8 : 0;
    const at = (/** @type {number[]} */ p, /** @type {number} */ by) => `${round(p[0] + by * aside[0])} ${round(p[1] + by * aside[1])}`;
    set(distance, "d", `M${at(from, shift)}L${at(to, shift)}M${at(from, shift - 4)}L${at(from, shift + 4)}M${at(to, shift - 4)}L${at(to, shift + 4)}`);
    const [mx, my] = [0, 1].map((k) => 0.6 * from[k] + 0.4 * to[k] + (shift + 10) * aside[k]);
    setAll(length, { x: round(mx), y: round(my + 5), "text-anchor": aside[0] > 0.3 ? "start" : aside[0] < -0.3 ? "end" : "middle" });
    setText(length, format(Math.abs(found.offset)));
  }

  /** @param {Model} model @param {Plot} plot @param {State} state */
  function drawPoints({ points, current, wrong: off }, plot, state) {
    const paths = { positive: "", negative: "", wrong: "", current: "", chosen: "" };
    for (const { x, positive, row } of points) {
      const [px, py] = place(plot, x).map(round);
      paths[positive ? "positive" : "negative"] += MARKS[positive ? "positive" : "negative"](px, py);
      if (off.has(row)) paths.wrong += MARKS.wrong(px + 11, py - 10);
      if (row === current) paths.current += ring(px, py, 13);
      if (isChosen(state, row)) paths.chosen += ring(px, py, 9);
    }
    for (const kind of /** @type {const} */ (["positive", "negative"])) set(marks[kind], "d", paths[kind] || null);
    set(wrong, "d", paths.wrong || null);
    set(rings.current, "d", paths.current || null);
    set(rings.chosen, "d", paths.chosen || null);
  }

  /** The row that is selected, or under the pointer elsewhere on the page. @param {State} state @param {number} row */
  function isChosen({ selection, lit }, row) {
    const keys = [`${ids.points}:${2 * row}`, `${ids.points}:${2 * row + 1}`, `${ids.targets}:${row}`];
    return keys.some((key) => lit.has(key) || (selection !== null && key === `${selection.step}:${selection.offset}`));
  }

  /** In the corner that lies deepest in the shaded half. @param {Model} model @param {Plot} plot */
  function nameHalf({ line: found, area }, { box, frame }) {
    const { unit, offset } = found.kind === "line" ? found : { unit: /** @type {Point} */ ([0, 0]), offset: 0 };
    const corners = [0, 1].flatMap((i) => [0, 1].map((k) => ({ i, k, depth: score(unit, offset, [box[0][i], box[1][k]]) })));
    const { i, k } = corners.reduce((best, corner) => (corner.depth > best.depth ? corner : best));
    show(greater, area.length > 0);
    setAll(greater, { x: i ? frame.right - 6 : frame.left + 8, y: k ? frame.top + (i ? 16 : 32) : frame.bottom - 9, "text-anchor": i ? "end" : "start" });
  }

  return { root, draw };
}

/** @param {Plot} plot @param {Point} p @returns {Point} */
export function place({ x, y }, p) {
  return [x(p[0]), y(p[1])];
}

/** @param {Plot} plot @param {Point} p */
function pixel(plot, p) {
  return place(plot, p).map(round).join(" ");
}

/** @param {number} x @param {number} y @param {number} r */
function ring(x, y, r) {
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

/** @param {number} v */
function round(v) {
  return Math.round(v * 10) / 10;
}
