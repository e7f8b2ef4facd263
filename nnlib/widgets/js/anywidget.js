/** The front end of the Python class: one explorer in the output of a notebook cell. */

import * as attention from "./attention.js";
import * as images from "./images.js";
import * as sequences from "./sequences.js";
import { mount } from "./ui/explorer.js";
import { addFields } from "./ui/fields.js";
import { addDrawings } from "./ui/kinds.js";

/** @typedef {import("./ui/sync.js").Model} Model */

for (const { drawings, fields } of [images, sequences, attention]) {
  addDrawings(drawings);
  addFields(fields);
}

/** @param {{model: Model, el: HTMLElement}} cell */
function render({ model, el }) {
  const root = document.createElement("div");
  el.append(root);
  let explorer = start();

  function start() {
    const spec = model.get("spec");
    root.dataset.explorer = String(spec?.slug ?? "");
    return mount(root, spec, { model });
  }

  /** Another spec is another explorer. */
  function restart() {
    explorer.destroy();
    explorer = start();
  }

  model.on("change:spec", restart);
  return () => {
    model.off("change:spec", restart);
    explorer.destroy();
    root.remove();
  };
}

export default { render };
