// A multilayer perceptron as nodes and edges: values run left to right, gradients right to left.
import { activity, described, largestWeight } from "./network_activity.js";
import { labelSize, placeEdge, placeLabel, updateEdge, updateLabel } from "./network_edges.js";
import { placeLabels } from "./network_labels.js";
import { BIAS, compartments, fan, layoutColumns, leastWidth } from "./network_layout.js";
import { readNetwork } from "./network_model.js";
import { placeCompartment, placeInline, updateCompartment } from "./network_parts.js";
import { buildScene, labelMaker, registerScene } from "./network_scene.js";
import { picker } from "./picker.js";
import { drawing, html, set, setAll, setText, svg, watchWidth } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./network_scene.js").Link} Link */
/** @typedef {ReturnType<typeof layoutColumns>} Plan */
/** @typedef {import("./network_edges.js").Level} Level */
/** @typedef {{level: Level, places: {x: number, y: number}[]}} Labels */

const WIDEST = 760;
const STRETCHES = [0, 1];
const LEVELS = /** @type {const} */ (["full", "line", "pair", "number", "name", "none"]);
const MOST_LABELS = 40;
const BANNERS = /** @type {Record<string, string>} */ ({
  forward: "forward: values →", backward: "← backward: ∂L/∂ each value, below it", update: "update: new weights below the old",
});

/** @param {Context} context @returns {import("./types.js").View} */
export function network(context) {
  const model = readNetwork(context.trace, context.view);
  const sizes = model.columns.filter((column) => column.kind !== "loss").map((column) => column.size);
  const root = drawing("group", `Network ${sizes.join("-")}`,
    "Inputs on the left, outputs and loss on the right. Arrow keys walk through nodes and edges. Thick edges have large weights, dashed ones negative.");
  const element = html("div", { class: "nn-view nn-network" }, root);
  const layers = { heads: svg("g"), edges: svg("g"), nodes: svg("g"), labels: svg("g", { class: "nn-labels" }) };
  const banner = svg("text", { class: "nn-banner", y: 12 });
  root.append(...Object.values(layers), banner);

  /** @type {State | null} */
  let state = null;
  const pick = picker(root, context, (place) => described(context, state, place));
  const scene = buildScene(context, model, layers);
  registerScene(scene, pick, () => state);
  const labelOf = labelMaker(context, layers.labels, pick, () => state);
  /** @type {Level[]} */
  let levels = model.gaps.map(() => "none");
  let width = 640;
  let lastStop = -1;

  /** @param {number} available */
  function layout(available) {
    width = Math.min(WIDEST, Math.max(leastWidth(model), available));
    const plans = STRETCHES.map((stretch) => layoutColumns(model, width, stretch));
    const found = plans.map((plan) => ({ plan, labels: model.gaps.map((_, i) => findLabels(plan, i)) }));
    const best = found.find(({ labels }) => silence(labels) === 0) ?? found.reduce((a, b) => (silence(b.labels) <= silence(a.labels) ? b : a));
    const { plan } = best;
    setAll(root, { viewBox: `0 0 ${width} ${Math.ceil(plan.height)}`, style: plan.style.kind === "dense" ? `min-width:${Math.min(width, leastWidth(model))}px` : null });
    plan.columns.forEach((_, i) => placeColumn(plan, i));
    best.labels.forEach((labels, i) => placeGap(plan, i, labels));
    levels = best.labels.map(({ level }) => level);
    if (state) update(state);
  }

  /** @param {Plan} plan @param {number} i */
  function placeColumn(plan, i) {
    const column = plan.columns[i];
    const below = plan.lossBelow && model.columns[i].kind === "loss";
    setAll(scene.headings[i], { x: insideOf(width, column.x, model.columns[i].title), display: below ? "none" : null });
    scene.nodes[i].forEach((node, row) => {
      const at = column.nodes[row];
      if (node.ellipsis) setAll(node.ellipsis, { x: at.x, y: at.y + 4 });
      boxesOf(plan, i, row).forEach((box, k) => node.parts[k] && placeCompartment(node.parts[k], grown(box, node.parts[k]), plan.style.tag));
      const target = scene.targets?.column === i ? scene.targets.parts[row] : null;
      if (target) placeInline(target, at.x, boxesOf(plan, i, row)[0].y - plan.style.node / 2 - 6);
    });
    const bias = scene.biases[i];
    if (bias?.part) placeCompartment(bias.part, { ...column.bias, width: BIAS, height: 36 }, plan.style.tag);
    else if (bias) set(bias.element, "transform", `translate(${column.bias.x} ${column.bias.y})`);
  }

  /** @param {Plan} plan @param {number} i @param {number} row */
  function boxesOf(plan, i, row) {
    const column = plan.columns[i];
    const at = column.nodes[row];
    return compartments(plan.style, scene.nodes[i][row].parts.length > 1, at.x, at.y, column.width);
  }

  /** How much the labels of a gap can say, and where. @param {Plan} plan @param {number} i @returns {Labels} */
  function findLabels(plan, i) {
    const links = scene.links[i].filter((link) => link.part.labelled);
    if (links.length === 0) return { level: "full", places: [] };
    if (links.length > MOST_LABELS) return { level: "none", places: [] };
    const lines = scene.links[i].map((link) => lineOf(plan, link));
    for (const level of LEVELS.slice(0, -1)) {
      const { places, clear } = placeLabels(lines, links.map(({ part }) => labelSize(labelOf(part), level)));
      if (clear) return { level, places };
    }
    // On a narrow screen a name may touch an arrowhead, so that no weight goes without one.
    const { places, clear } = placeLabels(lines, links.map(({ part }) => labelSize(labelOf(part), "name")), 3);
    if (clear) return { level: "name", places };
    return { level: "none", places: [] };
  }

  /** @param {Plan} plan @param {number} i @param {Labels} labels */
  function placeGap(plan, i, { level, places }) {
    const lines = scene.links[i].map((link) => lineOf(plan, link));
    scene.links[i].forEach(({ part }, k) => {
      placeEdge(part, lines[k]);
      part.at = level === "none" ? middle(lines[k]) : null;
      if (places[k]) placeLabel(part.label, places[k]);
    });
  }

  /** @param {Plan} plan @param {Link} link @returns {import("./network_layout.js").Line} */
  function lineOf(plan, { gap, from, to }) {
    const bias = scene.biases[gap];
    const sources = scene.nodes[gap].length + (bias ? 1 : 0);
    const start = from === "bias" ? biasEnd(plan.columns[gap], bias?.part !== null) : endOf(plan, gap, from, 1);
    const railed = plan.lossBelow && model.gaps[gap].weight === null;
    const end = endOf(plan, gap + 1, to, railed ? 1 : -1);
    const [left, right] = [plan.columns[gap], plan.columns[gap + 1]];
    /** @type {import("./network_layout.js").Line} */
    const line = {
      between: [left.x + left.width / 2, right.x - right.width / 2],
      x0: start.x, y0: start.y + fan(to, scene.nodes[gap + 1].length, start.height),
      x1: end.x, y1: end.y + fan(from === "bias" ? sources - 1 : from, sources, end.height),
    };
    return railed ? { ...line, rail: width - 5 } : line;
  }

  /** @param {Plan} plan @param {number} i @param {number} row @param {1 | -1} side */
  function endOf(plan, i, row, side) {
    const boxes = boxesOf(plan, i, row);
    const box = side > 0 ? boxes[boxes.length - 1] : boxes[0];
    return { x: box.x + (side * box.width) / 2, y: box.y, height: box.height };
  }

  /** @param {State} next */
  function update(next) {
    state = next;
    const now = activity(context.trace, model, next);
    const scale = largestWeight(model, next);
    showBanner(next);
    const values = (/** @type {any} */ part) => updateCompartment(part, next, { forward: now.forwardSteps.has(part.step) });
    scene.nodes.flat().forEach((node) => node.parts.forEach(values));
    scene.targets?.parts.forEach((part) => part && values(part));
    scene.biases.forEach((bias, i) => bias?.part && updateCompartment(bias.part, next, { forward: now.gaps[i].forwardBias }));
    scene.links.forEach((list, i) => list.forEach((link) => updateLink(link, next, now.gaps[i], scale, levels[i])));
    if (next.stop !== lastStop) set(element, "data-beat", next.stop % 2);
    lastStop = next.stop;
  }

  /** @param {Link} link @param {State} next @param {any} now @param {number} scale @param {Level} level */
  function updateLink({ part, from }, next, now, scale, level) {
    const forward = from === "bias" ? now.forwardBias : now.forward;
    const backward = from === "bias" ? now.backwardBias : now.backward;
    updateEdge(part, next, { forward, backward }, scale);
    if (part.at && part.element.matches(".is-chosen, .is-lit")) placeLabel(labelOf(part), part.at);
    const told = forward || backward || part.element.classList.contains("is-update");
    updateLabel(part, next, level, level === "line" || level === "pair" || (told && level === "number"));
  }

  /** @param {State} now */
  function showBanner(now) {
    const backward = now.phase === "backward";
    setText(banner, now.stop === 0 ? "" : BANNERS[now.phase] ?? "");
    setAll(banner, { x: backward ? width - 4 : 4, "text-anchor": backward ? "end" : "start", "data-phase": now.phase });
  }

  layout(width);
  return { element, update, destroy: watchWidth(element, layout) };
}

/** A loss keeps its name and so needs its height, even among small nodes. @param {any} box @param {any} part */
function grown(box, part) {
  return part.name && box.height < 30 ? { ...box, height: 36 } : box;
}

/** @param {number} width @param {number} x @param {string} title */
function insideOf(width, x, title) {
  const half = title.length * 3.2;
  return Math.min(width - half - 2, Math.max(half + 2, x));
}

/** @param {{bias: {x: number, y: number}}} column @param {boolean} shared one box with a number, not the constant 1 */
function biasEnd({ bias }, shared) {
  return { x: bias.x + (shared ? BIAS / 2 : 12), y: bias.y, height: 20 };
}

/** How much labels leave unsaid. @param {Labels[]} labels */
function silence(labels) {
  return labels.reduce((total, { level }) => total + LEVELS.indexOf(level), 0);
}

/** @param {import("./network_layout.js").Line} line */
function middle(line) {
  return { x: (line.x0 + line.x1) / 2, y: (line.y0 + line.y1) / 2 };
}
