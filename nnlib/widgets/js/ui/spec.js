/** Reads an explorer's spec. It may come from anywhere: each field is checked, and the first fault is one sentence. */

import { load } from "../engine/trace.js";

/** @typedef {import("./types.js").Spec} Spec */
/** @typedef {import("./types.js").Control} Control */
/** @typedef {import("./types.js").Variant} Variant */
/** @typedef {import("./types.js").Trace} Trace */

export class SpecError extends Error {}

/** @param {unknown} ok @param {string} sentence @returns {asserts ok} */
function need(ok, sentence) {
  if (!ok) throw new SpecError(sentence);
}

/** @param {any} value @returns {value is Record<string, any>} */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {any} value @param {number} [longest] @returns {value is string} */
const isText = (value, longest = 300) => typeof value === "string" && value.length > 0 && value.length <= longest;

/** How a value is named in a sentence, cut short. @param {any} value */
function quote(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/**
 * @param {any} json
 * @returns {Spec}
 */
export function parseSpec(json) {
  need(isRecord(json), `the explorer's spec is ${quote(json)}, not an object.`);
  need(json.version === 1, `the explorer's spec has version ${quote(json.version)}, but this page reads version 1.`);
  need(isText(json.slug, 80) && /^[\w.-]+$/.test(json.slug), `the explorer's slug is ${quote(json.slug)}, not a name of letters, digits and hyphens.`);
  need(isText(json.title), `the explorer's title is ${quote(json.title)}, not a text of 1 to 300 characters.`);
  const variants = readVariants(json.variants);
  return {
    slug: json.slug,
    title: json.title,
    view: readView(json.view, variants),
    variants,
    controls: readControls(json.controls ?? [], variants),
    sources: readSources(json.sources ?? {}),
  };
}

/** @param {any} list @returns {Variant[]} */
function readVariants(list) {
  need(Array.isArray(list) && list.length >= 1 && list.length <= 12,
    `variants is ${quote(list)}, not a list of 1 to 12 traces.`);
  return list.map((variant, i) => {
    need(isRecord(variant), `variant ${i} is ${quote(variant)}, not an object.`);
    need(list.length === 1 || isText(variant.label, 80), `variant ${i} has the label ${quote(variant.label)}, not a text.`);
    return { label: typeof variant.label === "string" ? variant.label : "", trace: load(variant.trace) };
  });
}

/** @param {any} list @param {Variant[]} variants @returns {Control[]} */
function readControls(list, variants) {
  need(Array.isArray(list) && list.length <= 200, `controls is ${quote(list)}, not a list of at most 200 controls.`);
  const seen = new Set();
  return list.map((control, i) => {
    need(isRecord(control), `control ${i} is ${quote(control)}, not an object.`);
    const { target, min, max, step } = control;
    need(isText(target, 200), `control ${i} has the target ${quote(target)}, not the label of an element.`);
    need(!seen.has(target), `there are two controls for ${quote(target)}.`);
    seen.add(target);
    need(Number.isFinite(min) && Number.isFinite(max) && min < max, `the control for ${quote(target)} runs from ${quote(min)} to ${quote(max)}, not from a number to a larger one.`);
    need(Number.isFinite(step) && step > 0, `the control for ${quote(target)} has the step ${quote(step)}, not a positive number.`);
    need(variants.some(({ trace }) => isInput(trace, target)), `the control for ${quote(target)} names no element of an input of the trace.`);
    return { target, min, max, step };
  });
}

/** @param {Trace} trace @param {string} label */
export function isInput(trace, label) {
  const place = trace.find(label);
  return place !== null && trace.steps[place.step].op === "input";
}

/** The fields of each kind of view that name tensors of the trace. @type {Record<string, {needs: string[], may: string[]}>} */
const TENSOR_FIELDS = {
  network: { needs: [], may: ["target", "loss"] },
  tensor: { needs: [], may: [] },
  curve: { needs: ["x"], may: [] },
  training: { needs: ["inputs", "targets", "output", "loss"], may: [] },
};

/** @param {any} view @param {Variant[]} variants */
function readView(view, variants) {
  need(isRecord(view), `view is ${quote(view)}, not an object.`);
  need(isText(view.kind) && Object.hasOwn(TENSOR_FIELDS, view.kind), `view.kind is ${quote(view.kind)}, not one of network, tensor, curve, training.`);
  const fields = TENSOR_FIELDS[view.kind];
  for (const field of fields.needs) needTensor(view[field], `view.${field}`, variants);
  for (const field of fields.may) if (view[field] !== undefined && view[field] !== null) needTensor(view[field], `view.${field}`, variants);
  for (const [field, least] of Object.entries(LIST_FIELDS[view.kind] ?? {})) needTensors(view[field], `view.${field}`, least, variants);
  if (view.kind === "network") readLayers(view.layers, variants);
  if (view.kind === "curve") need(isRange(view.range), `view.range is ${quote(view.range)}, not two numbers, the smaller first.`);
  if (view.kind === "training" && view.range !== undefined && view.range !== null) {
    need(Array.isArray(view.range) && view.range.length === 2 && view.range.every(isRange), `view.range is ${quote(view.range)}, not two pairs of numbers.`);
  }
  return /** @type {any} */ (view);
}

/** Lists of tensor names, and how long each must be at least. @type {Record<string, Record<string, number>>} */
const LIST_FIELDS = {
  network: { weights: 1, biases: 0 },
  tensor: { tensors: 0 },
  curve: { curves: 1 },
};

/** @param {any} layers @param {Variant[]} variants */
function readLayers(layers, variants) {
  need(Array.isArray(layers) && layers.length >= 2, `view.layers is ${quote(layers)}, not a list of at least two layers.`);
  layers.forEach((layer, i) => {
    need(isRecord(layer), `view.layers[${i}] is ${quote(layer)}, not an object.`);
    needTensor(layer.nodes, `view.layers[${i}].nodes`, variants);
    if (layer.pre !== undefined && layer.pre !== null) needTensor(layer.pre, `view.layers[${i}].pre`, variants);
  });
}

/** @param {any} names @param {string} field @param {number} least @param {Variant[]} variants */
function needTensors(names, field, least, variants) {
  if (least === 0 && (names === undefined || names === null)) return;
  need(Array.isArray(names) && names.length >= least, `${field} is ${quote(names)}, not a list of at least ${least} names.`);
  names.forEach((name, i) => name !== null && needTensor(name, `${field}[${i}]`, variants));
}

/** @param {any} name @param {string} field @param {Variant[]} variants */
function needTensor(name, field, variants) {
  need(isText(name, 200) && variants.some(({ trace }) => trace.byName.has(name)), `${field} is ${quote(name)}, which names no tensor of the trace.`);
}

/** @param {any} range */
function isRange(range) {
  return Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] < range[1];
}

/** @param {any} sources */
function readSources(sources) {
  need(isRecord(sources), `sources is ${quote(sources)}, not an object.`);
  const read = new Map();
  for (const [op, source] of Object.entries(sources)) {
    need(isRecord(source), `the source of ${quote(op)} is ${quote(source)}, not an object.`);
    const { forward, vjp } = source;
    need(forward === undefined || forward === null || isText(forward, 2000), `the forward source of ${quote(op)} is ${quote(forward)}, not a text.`);
    need(vjp === undefined || vjp === null || (Array.isArray(vjp) && vjp.every((line) => line === null || isText(line, 2000))),
      `the vjp source of ${quote(op)} is ${quote(vjp)}, not a list of texts.`);
    read.set(op, { forward: forward ?? undefined, vjp: vjp ?? undefined });
  }
  return read;
}
