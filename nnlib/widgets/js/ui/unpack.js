/** Variants told by what differs from an earlier one, or in columns (nnlib/widgets/variants.py), written out again. They may come from anywhere. */

import { SpecError } from "./spec_error.js";

const MOST_STEPS = 20_000;
const MOST_FIELDS = 40;

/** @param {any} value @returns {value is Record<string, any>} */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {any[]} list the variants as they stand in the spec @returns {any[]} */
export function unpacked(list) {
  /** @type {any[]} */
  const whole = [];
  list.map(outOfColumns).forEach((variant, i) => whole.push(isRecord(variant) && variant.like !== undefined ? retold(variant, whole, i) : variant));
  return whole;
}

/** A large trace has the fields of its steps as columns: the different values, and for each step the place of its own, or -1;
 * an id is the place of its step. The values of an earlier variant that it is like come first.
 * @param {any} variant @param {number} i @param {any[]} list */
function outOfColumns(variant, i, list) {
  const columns = variant?.trace?.steps;
  if (!isRecord(columns)) return variant;
  const fields = Object.keys(columns);
  const base = variant.like < i ? list[variant.like]?.trace?.steps : undefined;
  const values = fields.map((field) => [base, columns].flatMap((from) => from?.[field]?.[0] ?? []));
  const count = columns[fields[0]]?.[1]?.length;
  const fits = Number.isInteger(count) && count <= MOST_STEPS && fields.length <= MOST_FIELDS && fields.every((field, f) => isColumn(columns[field], values[f].length, count));
  if (!fits) throw new SpecError(`variant ${i} is told in columns, which are not lists of values and of as many places.`);
  const steps = Array.from({ length: count }, (_, k) => ({ id: k, name: `step${k}`, ...Object.fromEntries(fields.flatMap((field, f) => {
    const at = columns[field][1][k];
    return at < 0 ? [] : [[field, values[f][at]]];
  })) }));
  return { ...variant, like: undefined, trace: { ...variant.trace, steps } };
}

/** @param {any} column @param {number} values @param {number} count */
function isColumn(column, values, count) {
  const [own, places] = Array.isArray(column) ? column : [];
  return Array.isArray(own) && Array.isArray(places) && places.length === count && places.every((at) => Number.isInteger(at) && at >= -1 && at < values);
}

/** @param {Record<string, any>} variant @param {any[]} before @param {number} i */
function retold(variant, before, i) {
  const { like, trace } = variant;
  const base = Number.isInteger(like) && like >= 0 ? before[like]?.trace : undefined;
  if (!Array.isArray(base?.steps)) throw new SpecError(`variant ${i} is told by what differs from variant ${String(JSON.stringify(like)).slice(0, 40)}, which is no trace before it.`);
  if (!isRecord(trace) || !Array.isArray(trace.steps)) throw new SpecError(`variant ${i} has no list of the steps that differ.`);
  return { ...variant, trace: { ...base, ...trace, steps: stepsOf(trace.steps, base.steps, i) } };
}

/** A number repeats as many steps; an object replaces fields, and null takes one away. @param {any[]} told @param {any[]} base @param {number} i */
function stepsOf(told, base, i) {
  /** @type {any[]} */
  const steps = [];
  for (const entry of told) {
    const known = Number.isInteger(entry) && entry > 0 && entry <= base.length - steps.length;
    if (known) steps.push(...base.slice(steps.length, steps.length + entry));
    else if (isRecord(entry)) steps.push(Object.fromEntries(Object.entries({ ...base[steps.length], ...entry }).filter(([, value]) => value !== null)));
    else throw new SpecError(`variant ${i} repeats ${String(JSON.stringify(entry)).slice(0, 40)} steps, which the variant that it is like does not have.`);
    if (steps.length > MOST_STEPS) throw new SpecError(`variant ${i} has more than ${MOST_STEPS} steps.`);
  }
  return steps;
}
