// Builds the parts of a network drawing once: nodes, biases, targets, edges, and what each answers to.
import { spoken } from "./label.js";
import { edge, edgeLabel, edgeName } from "./network_edges.js";
import { weightOffset } from "./network_model.js";
import { compartment, meant } from "./network_parts.js";
import { svg } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./network_model.js").NetworkModel} NetworkModel */
/** @typedef {import("./network_edges.js").Edge} Edge */
/** @typedef {import("./network_parts.js").Compartment} Compartment */
/** @typedef {{parts: Compartment[], ellipsis: any}} Node_ */
/** @typedef {{part: Edge, gap: number, from: number | "bias", to: number}} Link from and to are drawn rows */
/** @typedef {{part: Compartment | null, element: any}} Bias */
/** @typedef {ReturnType<typeof buildScene>} Scene */

/** @param {Context} context @param {NetworkModel} model @param {any} layers */
export function buildScene(context, model, layers) {
  const dense = Math.max(...model.columns.map((column) => column.rows.length)) > 5;
  const headings = model.columns.map((column) => svg("text", { class: "nn-heading", y: 29 }, heading(context, column, dense)));
  layers.heads.append(...headings);
  const nodes = model.columns.map((_, i) => makeColumn(context, model, layers.nodes, i, dense));
  const biases = model.gaps.map((gap) => makeBias(context, layers.nodes, gap));
  const targets = makeTargets(context, model, layers.nodes);
  const links = model.gaps.map((_, i) => makeLinks(context, model, layers.edges, i));
  return { headings, nodes, biases, targets, links };
}

/** Small nodes have no names, so the column says whose values they show.
 * @param {Context} context @param {import("./network_model.js").Column} column @param {boolean} dense */
function heading(context, column, dense) {
  const { name } = context.trace.steps[column.step];
  return dense && column.kind !== "loss" && column.title !== name ? `${column.title}: ${name}` : column.title;
}

/** @param {Context} context @param {NetworkModel} model @param {any} layer @param {number} i @param {boolean} dense @returns {Node_[]} */
function makeColumn(context, model, layer, i, dense) {
  const { rows, size, pre, step, kind } = model.columns[i];
  return rows.map((offset) => {
    if (offset === null) {
      const ellipsis = svg("text", { class: "nn-ellipsis" }, `⋮ ${size - rows.length + 1} more`);
      layer.append(ellipsis);
      return { parts: [], ellipsis };
    }
    const steps = pre !== null && !dense ? [pre, step] : [step];
    const parts = steps.map((id) => compartment(context, id, offset, { named: !dense || kind === "loss", look: kind }));
    layer.append(...parts.map((part) => part.element));
    return { parts, ellipsis: null };
  });
}

/** The one bias that all nodes share, or the constant 1 that the biases on the edges multiply.
 * @param {Context} context @param {any} layer @param {import("./network_model.js").Gap} gap @returns {Bias | null} */
function makeBias(context, layer, gap) {
  if (gap.bias === null) return null;
  const part = gap.shared ? compartment(context, gap.bias, 0, { named: true, look: "bias" }) : null;
  const element = part?.element ?? svg("g", { class: "nn-compartment nn-one" },
    svg("circle", { class: "nn-box", r: 12 }), svg("text", { y: 4.5 }, "1"));
  layer.append(element);
  return { part, element };
}

/** @param {Context} context @param {NetworkModel} model @param {any} layer */
function makeTargets(context, model, layer) {
  const { target, columns } = model;
  if (target === null) return null;
  const column = columns.length - (columns[columns.length - 1].kind === "loss" ? 2 : 1);
  const parts = columns[column].rows.map((offset) => {
    if (offset === null) return null;
    const part = compartment(context, target, offset, { named: true, look: "target" });
    layer.append(part.element);
    return part;
  });
  return { column, parts };
}

/** Weights first, biases last. @param {Context} context @param {NetworkModel} model @param {any} layer @param {number} i @returns {Link[]} */
function makeLinks(context, model, layer, i) {
  const gap = model.gaps[i];
  const targets = drawn(model.columns[gap.from + 1].rows);
  const weights = drawn(model.columns[gap.from].rows).flatMap((source) => targets.map((target) => {
    const offset = weightOffset(model, gap, source.offset, target.offset);
    const parameter = gap.weight === null ? null : { step: gap.weight, offset };
    return { part: edge(context, parameter, parameter !== null), gap: i, from: source.row, to: target.row };
  }));
  const biases = gap.bias === null ? [] : targets.map((target) => {
    const parameter = { step: /** @type {number} */ (gap.bias), offset: gap.shared ? 0 : target.offset };
    return { part: edge(context, parameter, !gap.shared), gap: i, from: /** @type {"bias"} */ ("bias"), to: target.row };
  });
  const links = [...weights, ...biases];
  layer.append(...links.map((link) => link.part.element));
  return links;
}

/** @param {(number | null)[]} rows */
function drawn(rows) {
  return rows.flatMap((offset, row) => (offset === null ? [] : [{ offset, row }]));
}

/** Makes parts selectable in reading order: a column, then the edges that leave it.
 * @param {Scene} scene @param {any} pick @param {() => State | null} state */
export function registerScene(scene, pick, state) {
  scene.nodes.forEach((column, i) => {
    for (const node of column) for (const part of node.parts) registerPart(part, spoken(part.label), 2 * i);
    const bias = scene.biases[i]?.part;
    if (bias) registerPart(bias, `bias ${spoken(bias.label)}`, 2 * i);
    for (const link of scene.links[i] ?? []) registerLink(link, 2 * i + 1);
  });
  for (const part of scene.targets?.parts ?? []) if (part) pick.tie(part.element, () => part);

  /** @param {Compartment} part @param {string} name @param {number} group */
  function registerPart(part, name, group) {
    pick.add({ element: part.element, group, name, place: () => meant(part, state()) });
    tieNumbers(pick, part, part);
  }

  /** @param {Link} link @param {number} group */
  function registerLink({ part, gap, from, to }, group) {
    if (part.step < 0) return;
    const place = () => meant(part, state());
    const source = from === "bias" ? "1" : scene.nodes[gap][from].parts.at(-1)?.label ?? "";
    const name = edgeName(part, source, scene.nodes[gap + 1][to].parts.at(-1)?.label ?? "");
    if (part.labelled) pick.add({ element: part.element, group, name, place });
    else pick.tie(part.element, place);
  }
}

/** @param {any} pick @param {any} holder has a value and perhaps a gradient @param {{step: number, offset: number, gradient: number | null}} part */
function tieNumbers(pick, holder, part) {
  pick.tie(holder.value, () => ({ step: part.step, offset: part.offset }));
  if (holder.tag) pick.tie(holder.tag, () => ({ step: part.gradient, offset: part.offset }));
}

/** The label of an edge, made on first use. @param {Context} context @param {any} layer @param {any} pick @param {() => State | null} state */
export function labelMaker(context, layer, pick, state) {
  return (/** @type {Edge} */ part) => {
    if (part.label) return part.label;
    part.label = edgeLabel(context, part);
    layer.append(part.label.element);
    pick.tie(part.label.element, () => meant(part, state()));
    tieNumbers(pick, part.label, part);
    return part.label;
  };
}
