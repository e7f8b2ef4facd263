// What may come next: a bar for each of the likeliest tokens, after temperature and top-k.
import { choice } from "../ui/dom.js";
import { format } from "../ui/format.js";
import { ranked, said, seen } from "./generation_model.js";
import { html, mark, set, setText, show, uniqueId } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./generation_acts.js").Now} Now */

const MOST = 12;

/** @param {Context} context @param {import("./generation_plan.js").Plan} plan @param {import("./generation_acts.js").Acts} acts */
export function next(context, plan, acts) {
  const { vocabulary } = context.view;
  const count = Math.min(MOST, vocabulary.length);
  const rows = Array.from({ length: count }, () => row(context, plan.logits, vocabulary));
  const others = rest(vocabulary.length - count);
  const order = choice({
    legend: "Order", name: uniqueId("order"), options: [{ value: "size", label: "by size" }, { value: "vocabulary", label: "vocabulary" }],
    choose: (value) => acts.change({ order: value === "size" ? "size" : "vocabulary" }),
  });
  const title = html("p", { class: "nn-gen-title" }, "What comes next");
  const heads = html("div", { class: "nn-gen-row nn-gen-heads", "aria-hidden": "true" }, html("span"), html("span", {}, "logit"), html("span"), html("span", {}, "probability"));
  const widest = Math.min(8, Math.max(...vocabulary.map((/** @type {string} */ token) => token.length)));
  const element = html("div", { class: "nn-gen-next", style: `--token:${widest + 1.6}ch`, role: "group", "aria-label": "What comes next" },
    html("div", { class: "nn-gen-titles" }, title, order.element), heads, ...rows.map((r) => r.element), others.element);

  /** @param {Now} now @param {State} state */
  function update({ text, outlook, known, obstacle }, state) {
    order.set(text.order);
    const best = ranked(outlook.z).slice(0, count);
    const shown = text.order === "size" ? best : [...best].sort((a, b) => a - b);
    const most = Math.max(...outlook.p);
    shown.forEach((token, i) => rows[i].update(token, outlook, known, obstacle !== null, most, state));
    others.update(known ? 1 - best.reduce((sum, v) => sum + outlook.p[v], 0) : NaN, known);
  }

  return { element, update };
}

/** @param {Context} context @param {number} logits @param {string[]} vocabulary */
function row(context, logits, vocabulary) {
  const [name, fill, share] = [html("span", { class: "nn-gen-token" }), html("span", { class: "nn-bar-fill" }), html("span", { class: "nn-gen-share" })];
  const logit = html("span", { class: "nn-gen-logit" });
  const element = html("div", { class: "nn-gen-row" }, name, logit, html("span", { class: "nn-gen-track", "aria-hidden": "true" }, fill), share);
  /** Numbers that the shell keeps up to date, each made once. @type {Map<number, HTMLElement>} */
  const made = new Map();

  /** @param {number} token @param {import("./generation_acts.js").Outlook} outlook @param {boolean} known @param {boolean} over @param {number} most @param {State} state */
  function update(token, { p, token: drawn, offset }, known, over, most, state) {
    const at = offset + token;
    if (!made.has(at)) made.set(at, context.number(logits, at, { button: true }));
    const number = /** @type {HTMLElement} */ (made.get(at));
    if (logit.firstChild !== number) logit.replaceChildren(number);
    setText(name, seen(vocabulary[token]));
    set(name, "aria-label", said(vocabulary[token]));
    setText(share, known ? short(p[token]) : "·");
    set(share, "title", known ? String(p[token]) : null);
    set(fill, "style", `width:${known && most > 0 ? ((100 * p[token]) / most).toFixed(2) : 0}%`);
    mark(element, "is-drawn", known && token === drawn && !over);
    mark(element, "is-out", known && p[token] === 0);
    mark(element, "is-active", state.active.has(logits) && state.stop > 0);
  }

  return { element, update };
}

/** The tokens without a bar of their own. @param {number} count */
function rest(count) {
  const share = html("span", { class: "nn-gen-share" });
  const element = html("div", { class: "nn-gen-row nn-gen-others" }, html("span", { class: "nn-gen-many" }, `${count} others`), share);
  show(element, count > 0);

  /** @param {number} sum @param {boolean} known */
  function update(sum, known) {
    setText(share, known ? short(sum < 1e-12 ? 0 : sum) : "·");
  }

  return { element, update };
}

/** Four places after the point, so that a column can be compared. @param {number} p */
function short(p) {
  if (!Number.isFinite(p)) return format(p);
  return p > 0 && p < 1e-4 ? "< 0.0001" : p === 0 ? "0" : p.toFixed(4);
}
