/** Reading one step of a trace from untrusted JSON. */
import { sameShape, shapeText } from "./array.js";
import { quote, refuse, TraceError } from "./errors.js";
import { OPS } from "./kernels.js";
import { isCount, isCounts, readParams } from "./params.js";

/** @typedef {"forward" | "backward" | "update"} Phase */
/**
 * A step with every field present; what the JSON left out is empty or null.
 * @typedef {{
 *   id: number, op: string, inputs: number[], params: Record<string, any>, shape: number[], size: number,
 *   name: string, symbol: string | null, latex: string | null, scope: string[], phase: Phase,
 *   of: number | null, gradient: number | null, contributions: (number | null)[],
 *   value: Float64Array | null, labels: string[] | null,
 * }} Step
 */
/** @typedef {Record<string, unknown>} Raw */

const PHASES = ["forward", "backward", "update"];
const MOST_AXES = 16;

/** @param {Raw} raw @param {string} key */
const own = (raw, key) => (Object.hasOwn(raw, key) ? raw[key] : undefined);

/**
 * @param {Raw} raw
 * @param {number} id position in the list
 * @param {Step[]} before the steps already read
 * @param {number} room how many elements the trace may still hold
 * @returns {Step}
 */
export function readStep(raw, id, before, room) {
  if (own(raw, "id") !== id) refuse(`trace: step ${id} has id ${quote(own(raw, "id"))}`);
  const op = own(raw, "op");
  const leaf = op === "input" || op === "constant";
  if (typeof op !== "string" || (!leaf && !OPS.has(op))) refuse(`trace: step ${id} has the unknown op ${quote(op)}`);
  const where = `trace: step ${id} (${op})`;
  const { shape, size } = readShape(where, own(raw, "shape"), room);
  const inputs = readInputs(where, own(raw, "inputs"), id, op);
  return {
    id, op, inputs, shape, size,
    params: leaf ? readParams(where, {}, own(raw, "params"), 0) : checkShape(where, op, inputs, own(raw, "params"), shape, before),
    name: readText(where, "name", own(raw, "name")),
    symbol: readOptional(where, "symbol", own(raw, "symbol")),
    latex: readOptional(where, "latex", own(raw, "latex")),
    scope: readTexts(where, "scope", own(raw, "scope")),
    phase: readPhase(where, own(raw, "phase"), before),
    // These three are checked by checkLinks, when all steps are known.
    of: /** @type {any} */ (own(raw, "of") ?? null),
    gradient: /** @type {any} */ (own(raw, "gradient") ?? null),
    contributions: /** @type {any} */ (Object.hasOwn(raw, "contributions") ? raw.contributions : []),
    value: readValue(where, own(raw, "value"), size, leaf),
    labels: readLabels(where, own(raw, "labels"), size),
  };
}

/** @param {string} where @param {unknown} shape @param {number} room */
function readShape(where, shape, room) {
  if (!isCounts(shape)) refuse(`${where}: shape is ${quote(shape)}, not a list of counts`);
  if (shape.length > MOST_AXES) refuse(`${where}: ${shape.length} axes are more than ${MOST_AXES}`);
  const size = shape.reduce((product, n) => product * n, 1);
  if (size > room) refuse(`${where}: with shape ${shapeText(shape)} the trace has more than 2000000 elements`);
  return { shape: [...shape], size };
}

/** @param {string} where @param {unknown} inputs @param {number} id @param {string} op @returns {number[]} */
function readInputs(where, inputs = [], id, op) {
  if (!Array.isArray(inputs)) refuse(`${where}: inputs is ${quote(inputs)}, not a list`);
  const [least, most] = OPS.get(op)?.inputs ?? [0, 0];
  if (inputs.length < least || inputs.length > most) {
    refuse(`${where}: ${inputs.length} inputs, where it needs ${least === most ? least : `at least ${least}`}`);
  }
  for (const input of inputs) {
    if (!isCount(input) || input >= id) refuse(`${where}: input ${quote(input)} is not an earlier step`);
  }
  return [...inputs];
}

/**
 * @param {string} where
 * @param {string} op
 * @param {number[]} inputs
 * @param {unknown} given params
 * @param {number[]} declared shape
 * @param {Step[]} before
 * @returns {Record<string, any>} the params
 */
function checkShape(where, op, inputs, given, declared, before) {
  const shapes = inputs.map((input) => before[input].shape);
  const { params: schema, shape } = /** @type {import("./kernels.js").Op} */ (OPS.get(op));
  const params = readParams(where, schema, given, shapes[0].length);
  const implied = located(where, () => shape(shapes, params));
  if (!sameShape(implied, declared)) refuse(`${where}: shape is ${shapeText(declared)} but its inputs give ${shapeText(implied)}`);
  return params;
}

/** @template T @param {string} where @param {() => T} compute @returns {T} */
function located(where, compute) {
  try {
    return compute();
  } catch (error) {
    if (error instanceof TraceError) refuse(`${where}: ${error.message}`);
    throw error;
  }
}

/** @param {string} where @param {string} key @param {unknown} text @returns {string} */
function readText(where, key, text) {
  if (typeof text !== "string" || text === "") refuse(`${where}: ${key} is ${quote(text)}, not a text`);
  return text;
}

/** @param {string} where @param {string} key @param {unknown} text */
function readOptional(where, key, text = "") {
  return text === "" ? null : readText(where, key, text);
}

/** @param {string} where @param {string} key @param {unknown} list @returns {string[]} */
function readTexts(where, key, list = []) {
  if (!Array.isArray(list) || !list.every((text) => typeof text === "string")) {
    refuse(`${where}: ${key} is ${quote(list)}, not a list of texts`);
  }
  return [...list];
}

/** @param {string} where @param {unknown} labels @param {number} size */
function readLabels(where, labels, size) {
  if (labels === undefined || labels === null) return null;
  const texts = readTexts(where, "labels", labels);
  if (texts.length !== size) refuse(`${where}: ${texts.length} labels for ${size} elements`);
  return texts;
}

/** @param {string} where @param {unknown} phase @param {Step[]} before @returns {Phase} */
function readPhase(where, phase = "forward", before) {
  if (typeof phase !== "string" || !PHASES.includes(phase)) refuse(`${where}: phase is ${quote(phase)}, not forward, backward or update`);
  const last = before.at(-1)?.phase ?? "forward";
  if (PHASES.indexOf(phase) < PHASES.indexOf(last)) refuse(`${where}: phase ${phase} comes after phase ${last}`);
  return /** @type {Phase} */ (phase);
}

/** @param {string} where @param {unknown} value @param {number} size @param {boolean} leaf */
function readValue(where, value, size, leaf) {
  if (!leaf && (value === undefined || value === null)) return null;
  if (!leaf) refuse(`${where}: only inputs and constants carry a value`);
  if (!Array.isArray(value)) refuse(`${where}: value is ${quote(value)}, not a list`);
  if (value.length !== size) refuse(`${where}: ${value.length} values for ${size} elements`);
  const data = new Float64Array(size);
  for (let k = 0; k < size; k++) data[k] = readNumber(where, value[k]);
  return data;
}

/** @param {string} where @param {unknown} x */
function readNumber(where, x) {
  if (Number.isFinite(x)) return /** @type {number} */ (x);
  if (x === "inf") return Infinity;
  if (x === "-inf") return -Infinity;
  if (x === "nan") return NaN;
  return refuse(`${where}: ${quote(x)} is not a number`);
}

/**
 * Links between the passes may point forward in the list, so they are checked last.
 * @param {Step} step
 * @param {Step[]} steps
 */
export function checkLinks(step, steps) {
  const where = `trace: step ${step.id} (${step.op})`;
  const { of, gradient, contributions } = step;
  if (of !== null) {
    if (step.phase !== "backward") refuse(`${where}: of belongs to backward steps only`);
    if (phaseOf(of, steps) !== "forward") refuse(`${where}: of is ${quote(of)}, not the id of a forward step`);
  }
  if (gradient !== null) checkGradient(where, step, gradient, steps);
  if (!Array.isArray(contributions)) refuse(`${where}: contributions is ${quote(contributions)}, not a list`);
  if (contributions.length > 0) checkContributions(where, step, steps);
}

/** @param {unknown} id @param {Step[]} steps */
const phaseOf = (id, steps) => (isCount(id) ? steps[id]?.phase : undefined);

/** @param {string} where @param {Step} step @param {number} gradient @param {Step[]} steps */
function checkGradient(where, step, gradient, steps) {
  if (step.phase !== "forward") refuse(`${where}: gradient belongs to forward steps only`);
  if (phaseOf(gradient, steps) !== "backward") refuse(`${where}: gradient is ${quote(gradient)}, not the id of a backward step`);
  const { shape } = steps[gradient];
  if (!sameShape(shape, step.shape)) refuse(`${where}: its gradient has shape ${shapeText(shape)}, not ${shapeText(step.shape)}`);
}

/** @param {string} where @param {Step} step @param {Step[]} steps */
function checkContributions(where, { phase, inputs, contributions }, steps) {
  if (phase !== "forward") refuse(`${where}: contributions belong to forward steps only`);
  if (contributions.length !== inputs.length) refuse(`${where}: ${contributions.length} contributions for ${inputs.length} inputs`);
  for (const id of contributions) {
    if (id !== null && phaseOf(id, steps) !== "backward") refuse(`${where}: contribution ${quote(id)} is not the id of a backward step`);
  }
}
