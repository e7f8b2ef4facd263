// A convolution drawn as one: for each channel the image, what the window sees of it, the weights, their products and the sum.
import { format } from "../ui/format.js";
import { frame } from "./window_frame.js";
import { MOST_LANES, MOST_TAPS, figure, figureOf, largestOf, sign, sizes, valueOf } from "./window_parts.js";
import { pixels } from "./window_pixels.js";
import { pairsAt, under } from "./window_slides.js";
import { sumLine } from "./window_sum.js";
import { html, setText, show } from "./svg.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./window_parts.js").App} App */
/** @typedef {import("./window_parts.js").At} At */
/** @typedef {import("./window_parts.js").Scene} Scene */
/** @typedef {import("./window_slides.js").Slide} Slide */
/** @typedef {import("./window_slides.js").Lane} Lane */

/** Words for the parts of each slide. */
const WORDS = {
  output: { source: "image", weight: "kernel", short: "kernel", each: "channel" },
  kernel: { source: "image", weight: "upstream gradient", short: "upstream", each: "channel" },
  image: { source: "upstream gradient, zeros between and around", weight: "kernel, turned by 180°", short: "turned kernel", each: "filter" },
};

/** @param {App} app @param {Slide} first a slide of this kind; later ones differ in their numbers only @returns {Scene & {draw: (state: State, slide: Slide, at: [number, number], room: import("./window_parts.js").Room, key: string) => void}} */
export function slideScene(app, first) {
  const { plan } = app;
  const words = WORDS[first.makes];
  const detailed = first.taps[0] * first.taps[1] <= MOST_TAPS;
  const shown = first.lanes.slice(0, MOST_LANES);
  const lanes = shown.map((_, i) => lane(app, first, words, detailed, i));
  const more = first.lanes.length - shown.length;
  const target = pixels(app, first.places[0], first.places[1], { name: "result", pick: app.move });
  const caption = html("figcaption");
  const added = addition(app);
  show(added.element, more === 0 && (first.lanes.length > 1 || first.bias !== null));
  const result = html("div", { class: "nn-window-result" },
    html("figure", { class: "nn-window-part" }, caption, target.element), added.element);
  const line = sumLine(app);
  const rest = html("p", { class: "nn-quiet" }, `${more} more ${words.each}s are part of the sum.`);
  show(rest, more > 0);
  const element = html("div", { class: `nn-slide nn-slide-${first.makes}` },
    html("div", { class: "nn-slide-grids" }, html("div", { class: "nn-lanes" }, ...lanes.map((l) => l.element), rest), result), line.element);
  let filled = "";

  /** @param {State} state @param {Slide} slide @param {[number, number]} at @param {import("./window_parts.js").Room} room @param {string} key of the slide's own numbers */
  function draw(state, slide, at, room, key) {
    const wanted = { lanes: shown.length, source: slide.source, detail: slide.taps, details: detailed ? 3 : 1, target: slide.places };
    const size = sizes(room, wanted);
    const place = slide.target(at[0], at[1]);
    const known = state.shown(first.makes === "output" ? plan.product : place.step);
    const label = app.trace.labelOf(place.step, place.offset);
    if (key !== filled) {
      target.fill((r, c) => slide.target(r, c));
      target.label(app.trace.steps[place.step].name);
      setText(caption, nameOf(app, slide));
    }
    lanes.forEach((l, i) => l.draw(state, slide, slide.lanes[i], at, { size, known, fresh: key !== filled, label }));
    filled = key;
    added.draw(lanes.map((l) => l.total()), slide.bias, place);
    target.resize(size.target);
    target.paint(state, largestOf(state, place.step));
    target.marks((r, c) => ({ "is-here": r === at[0] && c === at[1] }));
    line.update(state, place, pairsAt(slide, at), slide.bias);
  }

  return { element, draw, update: () => {} };
}

/** The sums of the lanes and the bias, added up. @param {App} app */
function addition(app) {
  const element = html("p", { class: "nn-window-added" });
  /** @type {Map<string, Element>} */
  const numbers = new Map();
  let drawn = "";

  /** @param {import("./types.js").Place} place */
  function number({ step, offset }) {
    const key = `${step}:${offset}`;
    const made = numbers.get(key) ?? app.number(step, offset, { button: true });
    numbers.set(key, made);
    return made;
  }

  /** @param {(number | undefined)[]} sums @param {import("./types.js").Place | null} bias @param {import("./types.js").Place} target */
  function draw(sums, bias, target) {
    const text = sums.map((sum) => (sum === undefined ? "·" : sum < 0 ? `(${format(sum)})` : format(sum))).join(" + ");
    const key = `${text}|${bias?.offset}|${target.step}:${target.offset}`;
    if (key === drawn) return;
    drawn = key;
    element.replaceChildren(text, ...(bias ? [" + ", number(bias)] : []), " = ", number(target));
  }

  return { element, draw };
}

/** What the slide makes, and of which filter or channel. @param {App} app @param {Slide} slide */
function nameOf({ trace, plan }, slide) {
  const { step, offset } = slide.target(0, 0);
  const label = trace.labelOf(step, offset);
  const several = slide.makes === "image" ? plan.channels > 1 : plan.filters > 1 || plan.own > 1;
  return several && label.endsWith("0,0]") ? label.replace("0,0]", ":,:]") : trace.steps[step].name;
}

/** @param {App} app @param {Slide} first @param {{source: string, weight: string, short: string, each: string}} words @param {boolean} detailed @param {number} i */
function lane(app, first, words, detailed, i) {
  const [tall, wide] = first.taps;
  const each = first.lanes.length > 1;
  const source = pixels(app, first.source[0], first.source[1], { name: words.source, editable: first.makes !== "image" });
  const weight = pixels(app, tall, wide, { name: words.weight, editable: first.makes !== "kernel", wide: detailed });
  const patch = detailed ? pixels(app, tall, wide, { name: "what the window sees", wide: true }) : null;
  const product = detailed ? pixels(app, tall, wide, { name: "products", wide: true }) : null;
  const total = figureOf();
  const name = html("span", { class: "nn-lane-name" });
  const box = frame(source, { move: app.move, settle: app.settle, first: i === 0 });
  const [back, front] = [first.makes === "image", first.makes === "kernel"].map((gradient) => (gradient ? "nn-hue-backward" : "nn-hue-forward"));
  const caption = figure(each ? words.each : words.source.split(" ")[0], source.element, back);
  const seen = patch && product ? [figure("under it", patch.element, back), sign("⊙")] : [sign("⊛")];
  const made = product ? [sign("="), figure("products", product.element), sign("Σ")] : [sign("Σ")];
  const element = html("div", { class: "nn-lane" }, ...(each ? [name] : []), caption, html("div", { class: "nn-lane-terms" }, ...seen, figure(words.short, weight.element, front), ...made, total.element));

  /** @type {number | undefined} */
  let sum;

  /** @param {State} state @param {Slide} slide @param {Lane} own @param {[number, number]} at
   * @param {{size: {source: number, detail: number}, known: boolean, fresh: boolean, label: string}} options */
  function draw(state, slide, own, at, { size, known, fresh, label }) {
    if (fresh) {
      source.fill(own.source);
      weight.fill(own.weight);
      setText(name, String(own.index));
      source.label(each ? `${words.source}, ${words.each} ${own.index}` : words.source);
    }
    source.resize(size.source);
    weight.resize(detailed ? size.detail : size.source);
    const [stepX, stepW] = [stepOf(slide, own), /** @type {import("./types.js").Place} */ (own.weight(0, 0)).step];
    const [largestX, largestW] = [largestOf(state, stepX), largestOf(state, stepW)];
    source.paint(state, largestX);
    source.marks((r, c) => markOf(slide, at, r, c));
    weight.paint(state, largestW);
    const times = (/** @type {number} */ a, /** @type {number} */ b) => valueOf(state, under(slide, own, at, a, b)) * valueOf(state, own.weight(a, b));
    patch?.resize(size.detail);
    patch?.fill((a, b) => under(slide, own, at, a, b));
    patch?.paint(state, largestX);
    product?.resize(size.detail);
    product?.write((a, b) => (known ? times(a, b) : undefined));
    product?.paint(state, largestX * largestW);
    sum = known ? sumOf(slide.taps, times) : undefined;
    total.set(sum);
    box.draw(slide, at, `row ${at[0]}, column ${at[1]}: ${label}`);
  }

  return { element, draw, total: () => sum };
}

/** The step that the lane's source is of. @param {Slide} slide @param {Lane} own */
function stepOf({ source }, own) {
  for (let r = 0; r < source[0]; r += 1) {
    for (let c = 0; c < source[1]; c += 1) {
      const cell = own.source(r, c);
      if (cell) return cell.step;
    }
  }
  return 0;
}

/** @param {Slide} slide @param {[number, number]} at @param {number} r @param {number} c */
export function markOf({ step, gap, taps }, at, r, c) {
  const [down, across] = [r - at[0] * step[0], c - at[1] * step[1]];
  const inside = down >= 0 && across >= 0 && down <= (taps[0] - 1) * gap[0] && across <= (taps[1] - 1) * gap[1];
  const tap = inside && down % gap[0] === 0 && across % gap[1] === 0;
  return { "is-under": inside, "is-tap": tap };
}

/** @param {[number, number]} taps @param {(a: number, b: number) => number} times */
function sumOf([tall, wide], times) {
  let sum = 0;
  for (let a = 0; a < tall; a += 1) for (let b = 0; b < wide; b += 1) sum += times(a, b);
  return sum;
}
