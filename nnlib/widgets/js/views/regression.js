// Kernel regression: points as large as they count, the query to be dragged, the curve of the prediction, and the loss.
import { html, set, watchWidth, drawing } from "./svg.js";
import { idsOf, rangeOf, sweep } from "./regression_model.js";
import { regressionPlot } from "./regression_plot.js";
import { regressionTold } from "./regression_told.js";
import { lossPlot } from "./training_loss.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */

const SIDE_BY_SIDE = 480;
const TALLEST = 268;

/** @param {Context} context @returns {import("./types.js").View} */
export function regression(context) {
  const { trace, view, replay } = context;
  const ids = idsOf(trace, view);
  const range = rangeOf(view, replay.values[ids.points].data);
  const curve = sweep(trace, ids, range);
  const root = drawing("group", "Points and the weighted mean of their values", "Each point is as large as its weight for the query. The solid line is the prediction, the dashed one the mean of all values. Drag the query, or move it with the arrow keys.");
  const plot = regressionPlot(context, ids, range, curve, root);
  const loss = ids.loss === null ? null : lossPlot(context, ids.loss);
  const told = regressionTold(context, ids);
  root.append(plot.element, ...(loss ? [loss.element] : []));
  const picture = html("div", {}, root);
  const element = html("div", { class: "nn-view nn-regression" }, picture, told.element);
  /** @type {State | null} */
  let state = null;
  let frames = framesFor(640, loss !== null);

  /** @param {State} next */
  function update(next) {
    state = next;
    const anew = curve.update(next.values);
    plot.draw(frames.plot, next, anew);
    told.update(next);
    if (loss && ids.loss !== null) loss.draw(frames.loss, next.history.losses, next.values[ids.loss].data[0]);
  }

  /** @param {number} available */
  function layout(available) {
    const width = Math.min(1000, Math.max(240, available));
    frames = framesFor(width, loss !== null);
    set(root, "viewBox", `0 0 ${width} ${frames.height}`);
    if (state) update(state);
  }

  layout(640);
  return { element, update, destroy: watchWidth(picture, layout) };
}

/** @param {number} width @param {boolean} withLoss */
function framesFor(width, withLoss) {
  const frame = (/** @type {number} */ left, /** @type {number} */ right, /** @type {number} */ top, /** @type {number} */ tall) => ({ left, right, top, bottom: top + tall });
  if (!withLoss || width < SIDE_BY_SIDE) {
    const tall = Math.min(TALLEST, Math.max(180, width * 0.6));
    const lower = withLoss ? 120 : 0;
    return { height: tall + 66 + (withLoss ? lower + 66 : 0), plot: frame(40, width - 10, 22, tall), loss: frame(48, width - 10, tall + 90, lower) };
  }
  const middle = Math.round(width * 0.64);
  return { height: TALLEST + 62, plot: frame(40, middle - 12, 22, TALLEST), loss: frame(middle + 44, width - 8, 22, TALLEST) };
}
