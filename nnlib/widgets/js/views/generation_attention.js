// What each head looks at: a map of its weights, and, for one head, marks above the characters of the text.
import { choice } from "../ui/dom.js";
import { LETTER, headsOf, sideOf } from "./generation_heads.js";
import { seen } from "./generation_model.js";
import { html, mark, set, setText, uniqueId, watchWidth } from "./svg.js";
import { colourOf, watchTheme } from "./theme.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./generation_heads.js").Head} Head */
/** @typedef {import("./generation_acts.js").Now} Now */

/** @param {Context} context @param {import("./generation_plan.js").Plan} plan @param {import("./generation_acts.js").Acts} acts */
export function attention(context, plan, acts) {
  const heads = headsOf(context.trace, plan);
  const pick = choice({
    legend: "Marks below the text: surprise; above: head", name: uniqueId("head"), options: ["none", ...heads.map((_, k) => String(k + 1))].map((label, k) => ({ value: String(k - 1), label })),
    choose: (value) => acts.change({ head: Number(value) }),
  });
  const maps = heads.map((head, k) => map(context, head, k));
  const row = html("div", { class: "nn-gen-maps" }, ...maps.map((m) => m.element));
  const element = html("div", { class: "nn-gen-attention" }, row, pick.element);
  let colours = { ink: [0, 0, 0], odd: [0, 0, 0] };
  /** @type {[Now, State] | null} */
  let last = null;

  /** @param {Now} now @param {State} state */
  function update(now, state) {
    last = [now, state];
    pick.set(String(now.text.head));
    for (const m of maps) m.update(now, state, colours);
  }

  /** @param {number} available */
  function layout(available) {
    const side = sideOf(heads.length, Math.max(...heads.map(({ columns }) => columns)), available);
    for (const m of maps) m.resize(side);
    colour(); // only what is on the page has colours
  }

  function colour() {
    colours = { ink: colourOf(element, "--v-forward"), odd: colourOf(element, "--v-ink") };
    if (last) update(...last);
  }

  const stops = [watchWidth(element, layout), watchTheme(colour)];
  return { element, update, destroy: () => stops.forEach((stop) => stop()) };
}

/** One row for each token that asks, one column for each that it may look at. @param {Context} context @param {Head} head @param {number} k */
function map(context, { step, start, rows, columns }, k) {
  const canvas = /** @type {HTMLCanvasElement} */ (html("canvas", { width: columns, height: columns, "aria-hidden": "true" }));
  const now = html("span", { class: "nn-gen-asking", "aria-hidden": "true" });
  const box = html("div", { class: "nn-gen-map", role: "img" }, canvas, now);
  const names = ["down", "across"].map((way) => html("div", { class: `nn-gen-names is-${way}`, "aria-hidden": "true" }, ...Array.from({ length: columns }, () => html("span"))));
  const element = html("figure", {}, html("figcaption", {}, `head ${k + 1}`), names[0], box, names[1]);
  let filled = 0;

  /** @param {Now} present @param {State} state @param {{ink: number[], odd: number[]}} colours */
  function update({ text }, state, colours) {
    const known = state.shown(step);
    filled = Math.min(text.ids.length, columns);
    paint(known ? state.values[step].data : null, colours);
    set(now, "style", `top:${((100 * (filled - 1)) / columns).toFixed(3)}%;height:${(100 / columns).toFixed(3)}%;width:${((100 * filled) / columns).toFixed(3)}%`);
    const read = text.ids.slice(-filled);
    for (const line of names) [...line.children].forEach((span, i) => setText(span, i < filled ? seen(context.view.vocabulary[read[i]] ?? "?") : ""));
    mark(element, "is-active", state.active.has(step) && state.stop > 0);
    mark(element, "is-marked", text.head === k);
    set(box, "aria-label", `head ${k + 1}: what the last ${filled === 1 ? "token looks" : `of ${filled} tokens looks`} at${known ? "" : ", not yet computed"}`);
  }

  /** Only what the head may look at; with a cache one row alone is computed. @param {Float64Array | null} data @param {{ink: number[], odd: number[]}} colours */
  function paint(data, { ink, odd }) {
    const brush = canvas.getContext("2d");
    const picture = brush?.createImageData(columns, columns);
    if (!brush || !picture) return;
    for (let r = 0; data && r < filled; r += 1) {
      const own = rows > 1 ? r : r === filled - 1 ? 0 : -1;
      for (let c = 0; own >= 0 && c <= r; c += 1) {
        const a = data[start + own * columns + c];
        const fits = Number.isFinite(a);
        picture.data.set([...(fits ? ink : odd), fits ? Math.round(255 * (0.06 + 0.94 * Math.min(1, Math.max(0, a)))) : 255 * ((r + c) % 2)], 4 * (r * columns + c));
      }
    }
    brush.putImageData(picture, 0, 0);
  }

  /** @param {PointerEvent | MouseEvent} event @returns {number | null} */
  function offsetAt(event) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const [c, r] = [Math.floor(((event.clientX - left) / width) * columns), Math.floor(((event.clientY - top) / height) * columns)];
    const own = rows > 1 ? r : 0;
    const inside = c >= 0 && c < columns && r >= 0 && r < filled && c <= r && (rows > 1 || r === filled - 1);
    return inside ? start + own * columns + c : null;
  }

  canvas.addEventListener("pointermove", (event) => context.hover(step, offsetAt(event)));
  canvas.addEventListener("click", (event) => {
    const offset = offsetAt(event);
    if (offset !== null) context.select(step, offset);
  });

  /** @param {number} side */
  function resize(side) {
    set(element, "style", `--side:${side}px;--columns:${columns}`);
    mark(element, "is-named", side / columns >= LETTER);
  }

  return { element, update, resize };
}
