// Points of two classes and the line w·x + b = 0 that a linear unit draws between them, to be dragged.
import { planeHandles } from "./plane_handles.js";
import { planeKey } from "./plane_key.js";
import { idsOf, modelOf, plotOf, readingsOf } from "./plane_model.js";
import { planeScene } from "./plane_parts.js";
import { html, watchWidth } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./plane_model.js").Model} Model */
/** @typedef {import("./plane_model.js").Plot} Plot */

const RANGE = /** @type {import("./plane_geometry.js").Box} */ ([[-3, 3], [-3, 3]]);
const TALLEST = 310;

/** @param {Context} context @returns {import("./types.js").View} */
export function plane(context) {
  const ids = idsOf(context.trace, context.view);
  const scene = planeScene(context, ids);
  const key = planeKey(context, ids);
  /** @type {{model: Model, plot: Plot} | null} */
  let drawn = null;
  const handles = planeHandles(context, ids, scene.root, () => drawn);
  scene.root.append(...handles.elements);
  const picture = html("div", { class: "nn-plane-picture" }, scene.root);
  const element = html("div", { class: "nn-view nn-half-plane" }, picture, key.element);
  /** @type {State | null} */
  let state = null;
  let width = 440;

  /** @param {State} next */
  function update(next) {
    state = next;
    const readings = readingsOf(ids, next.values);
    const plot = plotOf(readings, context.view.range ?? RANGE, frameOf(width), handles.reach);
    const model = modelOf(readings, plot, next.shown(ids.weights) && (ids.bias === null || next.shown(ids.bias)));
    drawn = { model, plot };
    scene.draw(model, plot, next);
    handles.draw(model, plot);
    key.draw(model, plot);
  }

  /** @param {PointerEvent | MouseEvent} event @returns {number} the row of the point under the pointer, or -1 */
  function rowAt(event) {
    if (!drawn) return -1;
    const { model: { points }, plot: { x, y, frame } } = drawn;
    const box = scene.root.getBoundingClientRect();
    const unit = (frame.right + 10) / box.width;
    const [px, py] = [(event.clientX - box.left) * unit, (event.clientY - box.top) * unit];
    let [best, least] = [-1, 14];
    for (const point of points) {
      const away = Math.hypot(x(point.x[0]) - px, y(point.x[1]) - py);
      if (away < least) [best, least] = [point.row, away];
    }
    return best;
  }

  let hovered = -1;
  scene.root.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const row = event.buttons ? -1 : rowAt(event);
    if (row === hovered) return;
    hovered = row;
    context.hover(ids.points, row < 0 ? null : 2 * row);
  });
  scene.root.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const row = rowAt(event);
    if (row >= 0) context.select(ids.points, 2 * row);
  });

  const stopWatching = watchWidth(picture, (available) => {
    width = Math.max(220, available);
    if (state) update(state);
  });
  return { element, update, destroy: stopWatching };
}

/** @param {number} width */
function frameOf(width) {
  const tall = Math.min(TALLEST, Math.max(200, width * 0.8));
  return { left: 34, right: width - 10, top: 8, bottom: 8 + tall };
}
