// The network before it is unrolled: one cell, whose state goes round and comes back one step later.
import { BOX } from "./unrolled_layout.js";
import { set, setText, show, svg } from "./svg.js";

/** @typedef {import("./unrolled_plan.js").Plan} Plan */
/** @typedef {import("./unrolled_layout.js").Layout} Layout */

const OUT = 46;
const HEAD = 7;

/** @param {Plan} plan @param {Layout} layout @param {import("../engine/trace.js").Trace} trace */
export function loop(plan, layout, trace) {
  const wires = layout.frames.map(({ top, height }) => wire(top + height * 0.28, top + height * 0.72));
  const { top, height } = layout.frames[0];
  const middle = top + height / 2;
  const names = plan.weights.filter(({ at }) => at === "loop").map(({ step }) => trace.steps[step].name);
  const words = [0, 1, 2].map((i) => svg("text", { class: "nn-seq-round", x: BOX / 2 + OUT + 14, y: middle - 12 + 17 * i }));
  const element = svg("g", { class: "nn-seq-loop" }, ...wires, ...words);

  /** @param {boolean} folded @param {number} x @param {number} now */
  function update(folded, x, now) {
    show(element, folded);
    set(element, "transform", `translate(${x} 0)`);
    setText(words[0], `${names.join(", ")}${names.length ? ": " : ""}h goes round`);
    setText(words[1], `used ${plan.T} times, now t = ${now + 1}`);
    setText(words[2], plan.rows.length > 1 ? `${plan.rows.length} layers` : "");
  }

  return { element, update };
}

/** Out of the right side of the cell, and in again above. @param {number} high @param {number} low */
function wire(high, low) {
  const [x, far] = [BOX / 2, BOX / 2 + OUT];
  return svg("g", { class: "nn-way is-round" },
    svg("path", { class: "nn-shaft", d: `M${x} ${low}C${far + 8} ${low + 14} ${far + 8} ${high - 14} ${x + HEAD} ${high}` }),
    svg("path", { class: "nn-head", d: `M${x + HEAD} ${high - 5}L${x} ${high}L${x + HEAD + 2} ${high + 5}z` }));
}
