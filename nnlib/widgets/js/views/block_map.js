// One tensor of a block as small squares, a row for each token: the numbers, and on the way back their gradient.
import { pixels } from "./maps_block.js";
import { layoutOf } from "./maps_model.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./block.js").App} App */

/** @param {App} app @param {number} step */
export function tensorMap(app, step) {
  const { name, shape } = app.trace.steps[step];
  const layout = layoutOf(shape.length > 1 ? shape : [1, ...shape, 1].slice(0, 2));
  const map = pixels(layout, name, { editable: false, large: false }, {
    hover: (offset) => app.hover(step, offset), choose: (offset) => app.select(step, offset), edit: () => false, settle: () => {},
  });

  /** @param {State} state @param {import("./maps_model.js").Palette} palette @param {number} width @param {boolean} anew */
  function draw(state, palette, width, anew) {
    map.resize(width);
    map.draw(state.shown(step) ? state.values[step].data : null, palette, anew);
    const lit = [...state.lit].filter((key) => key.startsWith(`${step}:`)).map((key) => Number(key.slice(key.indexOf(":") + 1)));
    map.point("lit", lit);
    map.point("chosen", state.selection?.step === step ? [state.selection.offset] : []);
    if (state.selection?.step === step) map.setCurrent(state.selection.offset);
  }

  return { element: map.element, draw };
}
