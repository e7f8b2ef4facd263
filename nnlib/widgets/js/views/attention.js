// Attention, forward and backward: one walk through all matrices, or one operation of it at a time.
import { Replay } from "../engine/replay.js";
import { choice } from "../ui/dom.js";
import { arcsScene } from "./attention_arcs.js";
import { lookOf, spotOfStop } from "./attention_follow.js";
import { below, choices } from "./choices.js";
import { blindQueries, placeOf, planOf, spotOf } from "./attention_plan.js";
import { headsScene, partScene, wholeScene } from "./attention_scene.js";
import { story } from "./attention_story.js";
import { originOf } from "./attention_terms.js";
import { html, set, setText, show, uniqueId, watchWidth } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./attention_plan.js").Spot} Spot */
/** @typedef {import("./attention_scene.js").Scene} Scene */
/** @typedef {import("./attention_figure.js").App} App */
/** @typedef {import("./attention_follow.js").Look} Look */

const NARROW = 460;
/** Pixels for the matrices, so that the explorer fits a screen. */
const TALL = 270;

/** @param {Context} context @returns {import("./types.js").View} */
export function attention(context) {
  const { trace, replay } = context;
  const plan = planOf(trace, context.view);
  const several = plan.heads.length > 1;
  const status = html("p", { class: "nn-at-status", role: "status" });
  const complaint = html("p", { class: "nn-at-status" });
  const app = /** @type {App} */ ({ ...context, plan, say: (text) => setText(complaint, text), choose, point, lookAt, pick, changed });
  const recorded = recordedOutputs();
  /** @type {Map<Look, Scene>} */
  const scenes = new Map();
  const id = uniqueId("attention");
  const looks = /** @type {[Look, string][]} */ ([["whole", "whole"], ...(plan.X ? [["inputs", "Q, K, V"]] : []), ["scores", "scores"], ["softmax", "softmax"], ["output", "output"], ["arcs", "arcs"], ...(several ? [["heads", "heads"]] : [])]);
  const ways = choice({ legend: "Look at", name: `${id}-look`, options: looks.map(([value, label]) => ({ value, label })), choose: (value) => turn(/** @type {Look} */ (value)) });
  const heads = choice({ legend: "Head", name: `${id}-head`, options: plan.heads.map((_, i) => ({ value: String(i), label: String(i + 1) })), choose: (value) => pick(Number(value)) });
  const picture = html("div", { class: "nn-at-picture" });
  const told = story(app);
  const element = html("div", { class: "nn-view nn-attention" }, html("div", { class: "nn-at-bar" }, ways.element, heads.element), picture, told.element, complaint, status);
  show(heads.element, several);
  /** A look that the reader chose stays; until then there is one that the screen has room for. */
  const at = { look: /** @type {Look | null} */ (null), roomy: /** @type {Look} */ ("whole"), head: 0, layer: 0, row: Math.min(1, plan.tokens.length - 1), column: 0, spot: /** @type {Spot | null} */ (null), stop: "", seen: "" };
  let narrow = false;
  let width = 560;
  /** @type {Spot | null} */
  let pointed = null;
  /** @type {State | null} */
  let state = null;

  /** @param {Spot} next */
  function choose(next) {
    const { step, offset } = placeOf(plan, next);
    context.select(step, offset);
  }

  /** @param {Spot | null} next */
  function point(next) {
    if (String(next && Object.values(next)) === String(pointed && Object.values(pointed))) return;
    pointed = next;
    const place = next && placeOf(plan, next);
    if (place) context.hover(place.step, place.offset);
    redraw();
  }

  /** @param {Look} next */
  function turn(next) {
    at.look = next;
    redraw();
  }

  /** @param {number} next */
  function pick(next) {
    at.head = next;
    takeAlong();
    redraw();
  }

  /** @param {number} next */
  function lookAt(next) {
    at.layer = next;
    takeAlong();
    redraw();
  }

  /** To another head or layer. */
  function takeAlong() {
    const { spot, head, layer } = at;
    if (spot && spot.role !== "X") at.spot = { ...spot, head };
    if (spot?.role === "layer" && spot.layer !== layer) at.spot = { ...spot, head, layer, gradient: state?.phase === "backward" };
  }

  /** What the stop tells is looked at. @param {State} next */
  function followStop(next) {
    const now = `${next.size}:${next.stop}`;
    if (now === at.stop) return;
    at.stop = now;
    const found = spotOfStop(plan, next, at.head, at);
    if (found || next.stop === 0) go(found);
    if (next.stop === 0) at.layer = 0;
    if (narrow) at.roomy = lookOf(plan, at.spot);
  }

  /** What was chosen elsewhere is looked at here. @param {State} next */
  function followSelection({ selection }) {
    const now = selection ? `${selection.step}:${selection.offset}` : "";
    if (now === at.seen) return;
    at.seen = now;
    const found = selection && spotOf(plan, selection, at.layer);
    if (found) go(found);
  }

  /** @param {Spot | null} next */
  function go(next) {
    at.spot = next;
    if (!next) return;
    [at.row, at.column] = [next.row, next.column];
    if (next.role !== "X") at.head = next.head;
    if (next.role === "layer") at.layer = next.layer;
  }

  /** The outputs of all heads as recorded, whatever the numbers are now. */
  function recordedOutputs() {
    const { values } = new Replay(trace);
    return plan.heads.map(({ O }) => values[O.step].data.slice(O.base, O.base + O.rows * O.columns));
  }

  /** @param {number} own */
  function changed(own) {
    const inputs = trace.steps.some(({ id: step, op, value }) => op === "input" && value !== null && value.some((v, i) => !Object.is(v, replay.values[step].data[i])));
    if (!inputs) return null;
    const { step, base, rows, columns } = plan.heads[own].O;
    const { data } = replay.values[step];
    return Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_c, c) => r * columns + c).some((k) => !Object.is(data[base + k], recorded[own][k])));
  }

  const linked = choices(at, { look: () => looks.map(([name]) => name), head: () => below(plan.heads.length), layer: () => below(plan.heads[0].layers.length) }, arrive);

  /** @param {string} link */
  function follow(link) {
    const fits = linked.follow(link);
    takeAlong();
    scenes.clear(); // the arcs remember a query
    return fits;
  }

  function arrive() {
    if (!state) return;
    followStop(state);
    followSelection(state);
  }

  /** @param {State} next */
  function update(next) {
    state = next;
    arrive();
    redraw();
  }

  function redraw() {
    if (!state) return;
    const { head, layer } = at;
    const look = at.look ?? at.roomy;
    const looked = pointed ?? at.spot;
    const here = looked && (looked.head === head || looked.role === "X") ? looked : null;
    const now = { head, layer, spot: here, marked: here ? originOf(plan, here).lines : [], backward: state.phase === "backward" };
    const scene = sceneOf(look);
    if (picture.firstChild !== scene.element) picture.replaceChildren(scene.element);
    set(element, "data-phase", state.phase);
    set(element, "data-look", look);
    scene.draw(state, now, { width, tall: TALL });
    told.update(state, here, "Press a number: what it is made of lights up.");
    ways.set(look);
    heads.set(String(head));
    setText(status, remark(state));
  }

  /** @param {Look} wanted */
  function sceneOf(wanted) {
    const made = scenes.get(wanted) ?? (wanted === "whole" ? wholeScene(app) : wanted === "arcs" ? arcsScene(app) : wanted === "heads" ? headsScene(app) : partScene(app, wanted));
    scenes.set(wanted, made);
    return made;
  }

  /** What deserves a word: a query without keys, or outputs that changed. @param {State} now */
  function remark(now) {
    const blind = blindQueries(now, plan, at.head);
    if (blind.length) return `${plan.tokens[blind[0]]} may look at no key: all its scores are −∞, the softmax divides 0 by 0, and nothing after it is a number.`;
    const rows = now.shown(plan.heads[at.head].O.step) ? changed(at.head) : null;
    if (!rows) return "";
    const names = (/** @type {boolean} */ which) => plan.tokens.filter((_, i) => rows[i] === which).join(", ");
    if (rows.every((row) => !row)) return "Every output is exactly as recorded.";
    return `Other outputs than recorded: ${names(true)}.${rows.every((row) => row) ? "" : ` Exactly as recorded: ${names(false)}.`}`;
  }

  picture.addEventListener("pointerleave", () => point(null));
  const stopWatching = watchWidth(picture, (available) => {
    width = available;
    narrow = width < NARROW;
    at.roomy = narrow ? lookOf(plan, at.spot) : "whole";
    redraw();
  });
  return { element, update, destroy: stopWatching, link: linked.link, follow };
}
