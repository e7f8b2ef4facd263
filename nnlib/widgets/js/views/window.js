// A window that slides over an image, forward and backward: convolution where it has a kernel, else pooling.
import { choice } from "../ui/dom.js";
import { unravel } from "../engine/array.js";
import { below, choices, places } from "./choices.js";
import { sizeLine } from "./window_geometry.js";
import { planOf } from "./window_plan.js";
import { poolScene } from "./window_pool.js";
import { slideScene } from "./window_slide.js";
import { forwardSlide, imageSlide, kernelSlide, outputAt } from "./window_slides.js";
import { spreadScene } from "./window_spread.js";
import { html, setText, show, uniqueId, watchWidth } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./window_parts.js").At} At */
/** @typedef {import("./window_parts.js").Scene} Scene */
/** @typedef {import("./window_parts.js").App} App */
/** "spread" and "pool" are pictures of their own, the others slides. @typedef {"output" | "spread" | "kernel" | "image"} Mode */

const NARROW = 480;
const PLAYING = 450;
/** Pixels for the grids, so that the explorer fits a screen. */
const TALL = { forward: 284, backward: 262 };

/** @param {Context} context @returns {import("./types.js").View} */
export function kernelWindow(context) {
  const { trace } = context;
  const plan = planOf(trace, context.view);
  const at = /** @type {At} */ ({ stop: "", told: "", mode: "output", filter: 0, channel: 0, output: [0, 0], kernel: [0, 0], image: [0, 0] });
  const sentence = html("p", { class: "nn-quiet", role: "status" });
  const app = /** @type {App} */ ({ ...context, plan, move, settle, chosen, say: (text) => setText(sentence, text) });
  const modes = modesOf(plan, trace);
  /** @type {State | null} */
  let state = null;
  let width = 540;
  let timer = 0;
  /** @type {Map<string, Scene & {draw?: any}>} */
  const scenes = new Map();

  const id = uniqueId("window");
  const numbers = (/** @type {number} */ n) => Array.from({ length: n }, (_, i) => ({ value: String(i), label: String(i) }));
  const ways = choice({ legend: "One of", name: `${id}-mode`, options: modes.map(({ mode: value, label }) => ({ value, label })), choose: (value) => turn(/** @type {Mode} */ (value)) });
  const filters = choice({ legend: "Filter", name: `${id}-filter`, options: numbers(plan.filters), choose: (value) => pick({ filter: Number(value) }) });
  const channels = choice({ legend: "Channel", name: `${id}-channel`, options: numbers(plan.channels), choose: (value) => pick({ channel: Number(value) }) });
  const play = html("button", { type: "button", class: "ex-button" }, "Slide");
  play.addEventListener("click", () => (timer ? rest() : run()));
  const size = html("p", { class: "nn-window-size" }, sizeLine(plan.rows, plan.columns));
  const picture = html("div", { class: "nn-window-picture" });
  const element = html("div", { class: "nn-view nn-window" }, html("div", { class: "nn-window-bar" }, ways.element, filters.element, channels.element, size, play), picture, sentence);

  /** @param {Partial<At>} change */
  function pick(change) {
    Object.assign(at, change);
    redraw();
  }

  /** @param {Mode} next */
  function turn(next) {
    at.mode = next;
    redraw();
  }

  /** The place that the window of this picture is at. */
  const key = () => (at.mode === "spread" ? "output" : at.mode);

  /** @param {number} row @param {number} column */
  function move(row, column) {
    pick({ [key()]: [row, column] });
  }

  /** The number that the window makes is chosen, so that the microscope and a link know it. */
  function settle() {
    const { step, offset } = targetNow();
    chosen(step, offset);
  }

  /** @param {number} step @param {number} offset */
  function chosen(step, offset) {
    at.told = `${step}:${offset}`;
    context.select(step, offset);
  }

  function targetNow() {
    if (at.mode === "kernel" || at.mode === "image") return slideNow().target(...at[at.mode]);
    const step = backward() ? /** @type {number} */ (plan.gradients.output) : plan.output;
    return outputAt(plan, step, plan.kernel === null ? at.channel : at.filter, ...at.output);
  }

  /** @returns {import("./window_slides.js").Slide} */
  function slideNow() {
    if (at.mode === "kernel") return kernelSlide(plan, at.filter, channelSeen());
    return at.mode === "image" ? imageSlide(plan, at.channel) : forwardSlide(plan, at.filter);
  }

  /** A filter of a group sees the channels of its own part only. */
  function channelSeen() {
    const { lanes } = forwardSlide(plan, at.filter);
    return (lanes.find(({ index }) => index === at.channel) ?? lanes[at.channel % lanes.length]).index;
  }

  const backward = () => state?.phase === "backward" && plan.gradients.output !== null;

  /** What the stop tells is looked at, until the reader chooses. @param {State} next */
  function followStop(next) {
    const now = `${next.size}:${next.stop}`;
    if (now === at.stop) return;
    at.stop = now;
    const asked = modes.find(({ tells }) => tells !== null && next.active.has(tells));
    if (!backward() || modes.length === 0) at.mode = "output";
    else if (asked) at.mode = asked.mode;
    else if (at.mode === "output") at.mode = modes[0].mode;
  }

  /** What was chosen elsewhere is looked at here. @param {State} next */
  function followSelection({ selection }) {
    const now = selection ? `${selection.step}:${selection.offset}` : "";
    if (now === at.told) return;
    at.told = now;
    if (!selection) return;
    const index = unravel(trace.steps[selection.step].shape, selection.offset);
    const { image, kernel, output } = plan.gradients;
    const has = (/** @type {Mode} */ wanted) => backward() && modes.some((m) => m.mode === wanted);
    if (selection.step === plan.output || selection.step === output) {
      Object.assign(at, { output: index.slice(2) }, plan.kernel === null ? { channel: index[1] } : { filter: index[1] });
      if (selection.step === output && has("spread")) at.mode = "spread";
    } else if (selection.step === kernel && has("kernel")) {
      Object.assign(at, { kernel: index.slice(2), filter: index[0] });
      at.channel = forwardSlide(plan, at.filter).lanes[index[1]].index;
      at.mode = "kernel";
    } else if (selection.step === image && has("image")) {
      Object.assign(at, { image: index.slice(2), channel: index[1] });
      at.mode = "image";
    }
  }

  const linked = choices(at, {
    mode: () => (backward() ? modes.map((one) => one.mode) : []), filter: () => below(plan.filters), channel: () => below(plan.channels),
    output: () => places(plan.rows.out, plan.columns.out), kernel: () => places(plan.rows.k, plan.columns.k), image: () => places(plan.rows.n, plan.columns.n),
  }, arrive);

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
    const room = { width, tall: backward() ? TALL.backward : TALL.forward, narrow: width < NARROW };
    const scene = sceneNow();
    if (picture.firstChild !== scene.element) picture.replaceChildren(scene.element);
    if (scene.draw) scene.draw(state, slideNow(), at[/** @type {"output"} */ (at.mode)], room, `${at.mode}:${at.filter}:${at.channel}`);
    else scene.update(state, at, room);
    const choosing = backward() && modes.length > 1;
    show(ways.element, choosing);
    show(size, !choosing);
    show(filters.element, plan.kernel !== null && plan.filters > 1 && at.mode !== "image");
    show(channels.element, plan.channels > 1 && (at.mode === "kernel" || at.mode === "image"));
    ways.set(at.mode);
    filters.set(String(at.filter));
    channels.set(String(at.mode === "kernel" ? channelSeen() : at.channel));
  }

  /** Each picture is made when it is first looked at. @returns {Scene & {draw?: any}} */
  function sceneNow() {
    const name = plan.kernel === null ? (backward() && plan.gradients.image !== null ? "routed" : "pool") : at.mode;
    const made = scenes.get(name) ?? (plan.kernel === null ? poolScene(app, name === "routed") : at.mode === "spread" ? spreadScene(app) : slideScene(app, slideNow()));
    scenes.set(name, made);
    return made;
  }

  function run() {
    setText(play, "Stop");
    timer = setInterval(() => {
      const [rows, columns] = at.mode === "kernel" || at.mode === "image" ? slideNow().places : [plan.rows.out, plan.columns.out];
      const [row, column] = at[key()];
      const next = (row * columns + column + 1) % (rows * columns);
      move(Math.floor(next / columns), next % columns);
    }, PLAYING);
  }

  function rest() {
    clearInterval(timer);
    timer = 0;
    setText(play, "Slide");
  }

  const stopWatching = watchWidth(picture, (available) => {
    width = available;
    redraw();
  });
  return {
    element, update, link: linked.link,
    follow: (link) => {
      rest();
      return linked.follow(link);
    },
    destroy: () => {
      rest();
      stopWatching();
    },
  };
}

/** What there is to look at on the way back; `tells` is the step whose stop shows it. @param {import("./window_plan.js").Plan} plan @param {import("./window_plan.js").Trace} trace
 * @returns {{mode: Mode, label: string, tells: number | null}[]} */
function modesOf({ kernel, gradients }, trace) {
  if (kernel === null || gradients.output === null) return [];
  const name = (/** @type {number} */ step) => trace.steps[step].name.replace(/^d(.+?)\/d(.+)$/, "∂$1/∂$2");
  const gather = (/** @type {"kernel" | "image"} */ mode, /** @type {number | null} */ step) =>
    (step === null ? [] : [{ mode, label: name(step), tells: step }]);
  return [{ mode: /** @type {Mode} */ ("spread"), label: name(gradients.output), tells: gradients.output }, ...gather("kernel", gradients.kernel), ...gather("image", gradients.image)];
}
