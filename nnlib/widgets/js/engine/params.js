/** Reading the parameters of a step from untrusted JSON. */
import { quote, refuse } from "./errors.js";

export const LARGEST = 2_000_000;

/** @param {unknown} n @param {number} [least] @returns {n is number} */
export function isCount(n, least = 0) {
  return typeof n === "number" && Number.isInteger(n) && n >= least && n <= LARGEST;
}

/** @param {unknown} list @param {number} [least] @returns {list is number[]} */
export function isCounts(list, least = 0) {
  return Array.isArray(list) && list.every((n) => isCount(n, least));
}

/** @param {unknown} axis @param {number} rank */
function readAxis(axis, rank) {
  return isCount(axis) && axis < rank ? axis : undefined;
}

/** @param {unknown} axes @param {number} rank */
function readAxes(axes, rank) {
  const fine = isCounts(axes) && axes.every((axis) => axis < rank) && new Set(axes).size === axes.length;
  return fine ? [...axes] : undefined;
}

/** @param {unknown} list @param {number} least */
function readPair(list, least) {
  return isCounts(list, least) && list.length === 2 ? [...list] : undefined;
}

/**
 * Each kind: what it asks for in words, and a reader that gives undefined where the value is not of that kind.
 * @type {Map<string, [string, (value: unknown, rank: number) => unknown]>}
 */
const KINDS = new Map([
  ["number", ["a number", (value) => (Number.isFinite(value) ? value : undefined)]],
  ["flag", ["true or false", (value) => (value === undefined ? false : typeof value === "boolean" ? value : undefined)]],
  ["axis", ["an axis of the input", readAxis]],
  ["axes", ["a list of different axes of the input", readAxes]],
  ["permutation", ["a list of all axes of the input", readAxes]],
  ["shape", ["a list of counts", (value) => (isCounts(value) ? [...value] : undefined)]],
  ["count", ["a count", (value) => (isCount(value) ? value : undefined)]],
  ["pair", ["two counts of at least 1", (value) => readPair(value, 1)]],
  ["size", ["two counts", (value) => readPair(value, 0)]],
]);

/**
 * @param {string} where start of the sentence
 * @param {Record<string, string>} schema name -> kind
 * @param {unknown} given
 * @param {number} rank of the first input
 * @returns {Record<string, any>}
 */
export function readParams(where, schema, given = {}, rank) {
  if (typeof given !== "object" || given === null || Array.isArray(given)) refuse(`${where}: params is ${quote(given)}, not an object`);
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(schema, key)) refuse(`${where}: unknown parameter ${quote(key)}`);
  }
  /** @type {Record<string, any>} */
  const params = Object.create(null);
  for (const [key, kind] of Object.entries(schema)) {
    const [words, read] = KINDS.get(kind) ?? ["", () => undefined];
    const raw = Object.hasOwn(given, key) ? /** @type {any} */ (given)[key] : undefined;
    const value = read(raw, rank);
    if (value === undefined) refuse(`${where}: parameter ${key} must be ${words}, not ${quote(raw)}`);
    params[key] = value;
  }
  return params;
}
