// The text so far: what was given, what was drawn, how surprised the model was by each token, and what a head looks at.
import { gaze, headsOf } from "./generation_heads.js";
import { seen } from "./generation_model.js";
import { prompt } from "./generation_prompt.js";
import { html, mark, set, setText } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./generation_writer.js").Text} Text */
/** @typedef {import("./generation_acts.js").Now} Now */

const MOST_SURPRISE = 6; // natural units, and px of the mark below a token
const TALLEST_LOOK = 5;

/** @param {Context} context @param {import("./generation_plan.js").Plan} plan @param {import("./generation_acts.js").Acts} acts */
export function page(context, plan, acts) {
  const { vocabulary } = context.view;
  const heads = headsOf(context.trace, plan);
  const line = html("p", {});
  const sheet = html("div", { class: "nn-gen-sheet", tabindex: 0, role: "group", "aria-label": "The text so far" }, line);
  const caret = html("span", { class: "nn-gen-caret", "aria-hidden": "true" });
  const asked = prompt(context, acts);
  const element = html("div", { class: `nn-gen-page${heads.length ? " has-heads" : ""}` }, sheet, asked.element);
  /** @type {any[]} */
  const letters = [];
  let drawn = /** @type {Text | null} */ (null);
  let drawnLooks = "";

  /** @param {Now} now @param {State} state */
  function update(now, state) {
    asked.update(now);
    const { text } = now;
    const looks = looksOf(text, state);
    const told = looks.join();
    if (text === drawn && told === drawnLooks) return;
    [drawn, drawnLooks] = [text, told];
    const all = [...text.ids, ...text.ahead];
    all.forEach((id, i) => letter(i, id, text, looks[i] ?? 0));
    while (letters.length > all.length) letters.pop().remove();
    const next = letters[text.ids.length] ?? null;
    if (caret.nextSibling !== next || caret.parentNode !== line) line.insertBefore(caret, next);
  }

  /** @param {Text} text @param {State} state @returns {(number | null)[]} */
  function looksOf({ ids, head }, { shown, values }) {
    const chosen = heads[head];
    return chosen && shown(chosen.step) ? gaze(chosen, values[chosen.step].data, ids.length) : [];
  }

  /** @param {number} i @param {number} id @param {Text} text @param {number} look */
  function letter(i, id, text, look) {
    if (!letters[i]) letters.push(line.appendChild(html("span", { class: "nn-gen-letter" })));
    const [span, token, log] = [letters[i], vocabulary[id] ?? "?", text.logs[i] ?? null];
    const marks = [log === null ? "" : `--surprise:${Math.min(MOST_SURPRISE, -log).toFixed(1)}px`, look > 0.005 ? `--look:${(TALLEST_LOOK * look).toFixed(1)}px` : ""];
    setText(span, token === "\n" ? "↵\n" : token);
    mark(span, "is-given", i < text.given || i >= text.ids.length);
    mark(span, "is-ahead", i >= text.ids.length);
    set(span, "style", marks.filter(Boolean).join(";") || null);
    set(span, "title", log === null ? null : `${seen(token)}: probability ${Math.exp(log).toPrecision(3)}`);
  }

  return { element, update };
}
