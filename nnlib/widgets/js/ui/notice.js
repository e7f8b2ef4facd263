/** A calm word when a number stops being one: where it began, from what, and the way back. */

import { rowOf } from "../engine/kernels_linear.js";
import { h, setText, textButton } from "./dom.js";
import { format } from "./numbers.js";

/** @typedef {import("./session.js").Session} Session */

/** @param {{session: Session, undo: () => void}} app */
export function notice(app) {
  const sentence = h("span");
  const undo = textButton("Undo last change", () => app.undo());
  const element = h("div", { class: "ex-notice", role: "status" }, sentence, " ", undo);
  element.hidden = true;

  function update() {
    const step = app.session.firstOdd();
    if (element.hidden !== step < 0) element.hidden = step < 0;
    if (step < 0) return;
    setText(sentence, tell(app.session, step));
    undo.hidden = app.session.past.length === 0;
  }

  return { element, update };
}

/** @param {Session} session @param {number} step */
function tell(session, step) {
  const offset = session.replay.values[step].data.findIndex((/** @type {number} */ v) => !Number.isFinite(v));
  const { op, symbol } = session.trace.steps[step];
  const value = format(session.replay.values[step].data[offset]);
  if (op === "input" || op === "constant") return `${session.trace.labelOf(step, offset)} is ${value}.`;
  const row = missingRow(session, step, offset);
  if (row) return row;
  const name = symbol ? session.trace.labelOf(step, offset) : `a result of ${op}`;
  const causes = leaves(session.explain(step, offset)).sort((a, b) => size(b.value) - size(a.value)).slice(0, 3).map((leaf) => `${leaf.label} = ${format(leaf.value)}`);
  return `The first number that is no longer finite is ${name}: it is ${value}${causes.length ? `, computed from ${causes.join(", ")}` : ""}. What is computed from it follows.`;
}

/** Why a row cannot be taken, or null. @param {Session} session @param {number} step @param {number} offset @returns {string | null} */
function missingRow({ trace, replay: { values } }, step, offset) {
  const { op, inputs: [x, indices] } = trace.steps[step];
  if (op !== "take") return null;
  const [place, rows] = [Math.floor((offset * values[indices].size) / values[step].size), values[x].shape[0]];
  const index = values[indices].data[place];
  if (rowOf(index, rows) >= 0) return null;
  return `${trace.labelOf(indices, place)} is ${format(index)}, and there is no such row among 0 ... ${rows - 1}: what is taken from it is not a number.`;
}

/** Largest first, and what is no number before all. @param {number} value */
const size = (value) => (Number.isNaN(value) ? Infinity : Math.min(Math.abs(value), Number.MAX_VALUE));

/** @param {any} node @returns {{label: string, value: number}[]} */
function leaves(node) {
  return node.kind === "ref" ? [node] : (node.args ?? []).flatMap(leaves);
}
