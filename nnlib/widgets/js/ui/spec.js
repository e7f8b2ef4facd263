/** Reads an explorer's spec. It may come from anywhere: each field is checked, and the first fault is one sentence. */

import { load } from "../engine/trace.js";
import { FIELDS } from "./fields.js";
import { SpecError } from "./spec_error.js";
import { unpacked } from "./unpack.js";

/** @typedef {import("./types.js").Spec} Spec */
/** @typedef {import("./types.js").Control} Control */
/** @typedef {import("./types.js").Variant} Variant */
/** @typedef {import("./types.js").Trace} Trace */

export { SpecError };

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

const MOST_VARIANTS = 40;

/** @param {any} list @returns {Variant[]} */
function readVariants(list) {
  need(Array.isArray(list) && list.length >= 1 && list.length <= MOST_VARIANTS,
    `variants is ${quote(list)}, not a list of 1 to ${MOST_VARIANTS} traces.`);
  const known = new Set();
  return unpacked(list).map((variant, i) => {
    need(isRecord(variant), `variant ${i} is ${quote(variant)}, not an object.`);
    const parts = readParts(variant.label, list[0]?.label, i, known);
    need(parts || list.length === 1 || isText(variant.label, 80), `variant ${i} has the label ${quote(variant.label)}, not a text.`);
    const label = parts?.join(", ") ?? (typeof variant.label === "string" ? variant.label : "");
    return { label, ...(parts ? { parts } : {}), trace: load(variant.trace), proof: readProof(variant.proof, `the proof of variant ${i}`) };
  });
}

/** A label of several parts, as the first variant has it. @param {any} label @param {any} first @param {number} i @param {Set<string>} known
 * @returns {string[] | null} */
function readParts(label, first, i, known) {
  if (!Array.isArray(first)) return null;
  const fits = Array.isArray(label) && label.length === first.length && label.length <= 8 && label.every((text) => isText(text, 80));
  need(fits && label.length > 0, `variant ${i} has the label ${quote(label)}, not a list of ${Math.min(first.length, 8)} texts.`);
  const key = JSON.stringify(label);
  need(!known.has(key), `there are two variants with the label ${quote(label)}.`);
  known.add(key);
  return label;
}

/** @param {any} proof @param {string} what @returns {import("./types.js").Proof | null} */
function readProof(proof, what) {
  if (proof === undefined || proof === null) return null;
  need(isRecord(proof) && isRecord(proof.versions), `${what} is ${quote(proof)}, not figures with versions.`);
  /** @param {string} name @param {any} missing @param {(value: any) => boolean} fits */
  const figure = (name, missing, fits) => {
    const value = Object.hasOwn(proof, name) ? proof[name] : missing;
    need(value === undefined || (Number.isFinite(value) && value >= 0 && fits(value)), `${what}: ${name} is ${quote(value)}, not a number that can be measured.`);
    return value;
  };
  const count = (/** @type {string} */ name, /** @type {any} */ missing = undefined) => figure(name, missing, Number.isInteger);
  const size = (/** @type {string} */ name, /** @type {any} */ missing = undefined) => figure(name, missing, () => true);
  const version = (/** @type {string} */ name) => {
    const text = Object.hasOwn(proof.versions, name) ? proof.versions[name] : undefined;
    need(isText(text, 30), `${what}: the version of ${name} is ${quote(text)}, not a short text.`);
    return text;
  };
  need(Object.hasOwn(proof, "gradients") === Object.hasOwn(proof, "torch"), `${what} has one of gradients and torch without the other.`);
  return {
    versions: { torch: version("torch"), numpy: version("numpy"), python: version("python") },
    values: count("values", null), torchValues: size("torch_values", null), gradients: count("gradients"), torch: size("torch"),
    differences: size("differences"), kink: count("kink", 0), faint: count("faint", 0), odd: count("odd", 0),
  };
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

/** @param {any} view @param {Variant[]} variants */
function readView(view, variants) {
  need(isRecord(view), `view is ${quote(view)}, not an object.`);
  const fields = FIELDS.get(view.kind);
  need(fields, `view.kind is ${quote(view.kind)}, not one of ${[...FIELDS.keys()].join(", ")}.`);
  for (const field of fields.needs) needTensor(view[field], `view.${field}`, variants);
  for (const field of fields.may) if (view[field] !== undefined && view[field] !== null) needTensor(view[field], `view.${field}`, variants);
  for (const [field, least] of Object.entries(fields.lists ?? {})) needTensors(view[field], `view.${field}`, least, variants, fields);
  for (const { trace } of variants) {
    const fault = fields.fault?.(view, trace);
    need(!fault, fault ?? "");
  }
  if (view.kind === "plane") for (const { trace } of variants) needPlane(view, trace);
  if (view.kind === "network") readLayers(view.layers, variants);
  if (view.kind === "curve") need(isRange(view.range), `view.range is ${quote(view.range)}, not two numbers, the smaller first.`);
  if ((view.kind === "training" || view.kind === "plane") && view.range !== undefined && view.range !== null) {
    need(Array.isArray(view.range) && view.range.length === 2 && view.range.every(isRange), `view.range is ${quote(view.range)}, not two pairs of numbers.`);
  }
  return /** @type {any} */ (view);
}

const MOST_TENSORS = 100;

/** Points lie in a plane, each has a target, and one line parts them. @param {any} view @param {Trace} trace */
function needPlane(view, trace) {
  const points = trace.steps[trace.byName.get(view.points) ?? -1];
  need(!points || (points.shape.length === 2 && points.shape[1] === 2), `view.points is ${quote(view.points)} of shape ${quote(points?.shape)}, not (N, 2).`);
  const sizes = /** @type {Record<string, number | undefined>} */ ({ targets: points?.shape[0], weights: 2, bias: 1, current: 1 });
  for (const [field, size] of Object.entries(sizes)) {
    const step = trace.steps[trace.byName.get(view[field] ?? "") ?? -1];
    need(!step || size === undefined || step.size === size, `view.${field} is ${quote(view[field])} with ${step?.size} numbers, not ${size}.`);
  }
}

/** @param {any} layers @param {Variant[]} variants */
function readLayers(layers, variants) {
  need(Array.isArray(layers) && layers.length >= 2, `view.layers is ${quote(layers)}, not a list of at least two layers.`);
  layers.forEach((layer, i) => {
    need(isRecord(layer), `view.layers[${i}] is ${quote(layer)}, not an object.`);
    needTensor(layer.nodes, `view.layers[${i}].nodes`, variants);
    if (layer.pre !== undefined && layer.pre !== null) needTensor(layer.pre, `view.layers[${i}].pre`, variants);
  });
}

/** @param {any} names @param {string} field @param {number} least @param {Variant[]} variants @param {import("./fields.js").Fields} fields */
function needTensors(names, field, least, variants, { most = MOST_TENSORS, gaps = false }) {
  if (least === 0 && (names === undefined || names === null)) return;
  need(Array.isArray(names) && names.length >= least && names.length <= most, `${field} is ${quote(names)}, not a list of ${least} to ${most} names.`);
  names.forEach((name, i) => (name !== null || !gaps) && needTensor(name, `${field}[${i}]`, variants));
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
