/** A trace as the engine uses it: read from untrusted JSON, checked, and indexed. */
import { sizeOf, unravel, offset as offsetOf } from "./array.js";
import { quote, refuse, TraceError } from "./errors.js";
import { isCount } from "./params.js";
import { checkLinks, readStep } from "./step.js";

export { TraceError };

/** @typedef {import("./step.js").Step} Step */

const MOST_STEPS = 20_000;
const MOST_ELEMENTS = 2_000_000;

/** A checked trace. Nothing in it changes after loading; values live in a Replay. */
export class Trace {
  /**
   * @param {string} title
   * @param {Step[]} steps
   */
  constructor(title, steps) {
    this.title = title;
    this.steps = steps;
    /** @type {{loss: number | null, gradients: Record<string, number>}} */
    this.outputs = { loss: null, gradients: Object.create(null) };
    /** Input id -> id of the step with its new value; null if no training step was recorded. @type {Record<string, number> | null} */
    this.updates = null;
    /** Name -> step id. @type {Map<string, number>} */
    this.byName = new Map(steps.map((step) => [step.name, step.id]));
    /** For each step the ids of the steps that read it. @type {number[][]} */
    this.consumers = steps.map(() => []);
    for (const step of steps) for (const id of new Set(step.inputs)) this.consumers[id].push(step.id);
    /** @type {Map<string, {step: number, offset: number}>} */
    this.labels = new Map();
  }

  /**
   * Label of one element: its own, or name[i,j]; a scalar is called by its name.
   * @param {number} id
   * @param {number} offset
   */
  labelOf(id, offset) {
    const { name, shape, labels } = this.steps[id];
    if (labels) return labels[offset];
    return shape.length === 0 ? name : `${name}[${unravel(shape, offset).join(",")}]`;
  }

  /**
   * @param {string} label as labelOf gives it; name[i,j] is also found where the element has a label of its own
   * @returns {{step: number, offset: number} | null}
   */
  find(label) {
    const known = this.labels.get(label);
    if (known) return { ...known };
    const cut = label.endsWith("]") ? label.lastIndexOf("[") : label.length;
    const id = this.byName.get(label.slice(0, cut)) ?? this.byName.get(label);
    if (id === undefined) return null;
    const index = readIndex(label.slice(cut + 1, -1), this.steps[id].shape);
    return index && { step: id, offset: offsetOf(this.steps[id].shape, index) };
  }
}

/**
 * @param {string} text "1,0", or "" for the only element of a tensor
 * @param {number[]} shape
 */
function readIndex(text, shape) {
  if (text === "") return sizeOf(shape) === 1 ? shape.map(() => 0) : null;
  const parts = text.split(",");
  const fits = parts.length === shape.length && parts.every((part, axis) => /^\d{1,7}$/.test(part) && Number(part) < shape[axis]);
  return fits ? parts.map(Number) : null;
}

/**
 * Reads a trace, or throws a TraceError whose message names the first thing wrong.
 * @param {unknown} json the parsed JSON, or its text
 * @returns {Trace}
 */
export function load(json) {
  const raw = record(typeof json === "string" ? parse(json) : json, "trace");
  const version = own(raw, "version");
  if (version !== 1) refuse(`trace: version is ${quote(version)}, and only version 1 can be read`);
  const title = own(raw, "title");
  if (typeof title !== "string") refuse(`trace: title is ${quote(title)}, not a text`);
  const trace = new Trace(title, readSteps(own(raw, "steps")));
  indexLabels(trace);
  readOutputs(trace, own(raw, "outputs"));
  readUpdates(trace, own(raw, "updates"));
  return trace;
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return refuse("trace: not JSON");
  }
}

/**
 * @param {unknown} thing
 * @param {string} what
 * @returns {Record<string, unknown>}
 */
function record(thing, what) {
  if (typeof thing === "object" && thing !== null && !Array.isArray(thing)) return /** @type {any} */ (thing);
  return refuse(`${what}: ${quote(thing)} is not an object`);
}

/**
 * Own properties only, so that nothing is ever read from a prototype.
 * @param {Record<string, unknown>} thing
 * @param {string} key
 * @param {unknown} [missing]
 */
function own(thing, key, missing) {
  return Object.hasOwn(thing, key) ? thing[key] : missing;
}

/** @param {unknown} list @returns {Step[]} */
function readSteps(list) {
  if (!Array.isArray(list)) refuse(`trace: steps is ${quote(list)}, not a list`);
  if (list.length === 0) refuse("trace: there are no steps");
  if (list.length > MOST_STEPS) refuse(`trace: ${list.length} steps are more than ${MOST_STEPS}`);
  /** @type {Step[]} */
  const steps = [];
  const names = new Set();
  let elements = 0;
  for (let id = 0; id < list.length; id++) {
    const step = readStep(record(list[id], `trace: step ${id}`), id, steps, MOST_ELEMENTS - elements);
    if (names.has(step.name)) refuse(`trace: step ${id} is called ${quote(step.name)}, and so is an earlier step`);
    names.add(step.name);
    elements += step.size;
    steps.push(step);
  }
  for (const step of steps) checkLinks(step, steps);
  return steps;
}

/** @param {Trace} trace */
function indexLabels(trace) {
  for (const step of trace.steps) {
    step.labels?.forEach((label, offset) => {
      if (trace.labels.has(label)) refuse(`trace: the label ${quote(label)} names two elements`);
      trace.labels.set(label, { step: step.id, offset });
    });
  }
  for (const step of trace.steps) labelGradient(trace, step);
}

/**
 * The gradient of a labelled tensor is labelled alike: dL/dW1 has the elements dL/dw1, dL/dw2, ...
 * @param {Trace} trace @param {Step} step
 */
function labelGradient(trace, { name, labels, gradient }) {
  const target = gradient === null ? undefined : trace.steps[gradient];
  if (!labels || !target || target.labels || !target.name.endsWith(`/d${name}`)) return;
  const own = labels.map((label) => target.name.slice(0, -name.length) + label);
  if (own.some((label) => trace.labels.has(label))) return;
  target.labels = own;
  own.forEach((label, offset) => trace.labels.set(label, { step: target.id, offset }));
}

/** @param {Trace} trace @param {unknown} given */
function readOutputs(trace, given) {
  const outputs = record(given, "trace: outputs");
  const loss = own(outputs, "loss") ?? null;
  if (loss !== null && !isStep(trace, loss)) refuse(`trace: outputs.loss is ${quote(loss)}, not the id of a step`);
  trace.outputs.loss = loss;
  for (const [name, id] of Object.entries(record(own(outputs, "gradients", {}), "trace: outputs.gradients"))) {
    if (!isStep(trace, id)) refuse(`trace: outputs.gradients of ${quote(name)} is ${quote(id)}, not the id of a step`);
    trace.outputs.gradients[name] = id;
  }
}

/** @param {Trace} trace @param {unknown} given */
function readUpdates(trace, given) {
  if (given === undefined) return;
  trace.updates = Object.create(null);
  const updates = /** @type {Record<string, number>} */ (trace.updates);
  for (const [key, id] of Object.entries(record(given, "trace: updates"))) {
    const input = /^(0|[1-9]\d{0,4})$/.test(key) ? trace.steps[Number(key)] : undefined;
    if (input?.op !== "input") refuse(`trace: updates names ${quote(key)}, which is not the id of an input`);
    if (!isStep(trace, id)) refuse(`trace: the update of ${quote(input.name)} is ${quote(id)}, not the id of a step`);
    const source = trace.steps[id];
    if (String(source.shape) !== String(input.shape)) {
      refuse(`trace: the update of ${quote(input.name)} has shape (${source.shape.join(", ")}), not (${input.shape.join(", ")})`);
    }
    updates[input.id] = id;
  }
}

/** @param {Trace} trace @param {unknown} id @returns {id is number} */
function isStep(trace, id) {
  return isCount(id) && id < trace.steps.length;
}
