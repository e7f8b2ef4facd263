/** Expression trees of the microscope: their types, how they are put together, and what they are worth. */
import { erf, larger, power, sigmoid } from "./special.js";

/**
 * @typedef {{kind: "ref", step: number, offset: number, label: string, latex: string, value: number}} Ref
 *   one element of a step, not opened further
 * @typedef {{kind: "number", value: number}} NumberNode
 * @typedef {{kind: "ellipsis", count: number, value: number}} Ellipsis
 *   terms left out, and what they come to (their sum; in a call of max, their maximum)
 * @typedef {{kind: "sum" | "product", args: Node[]}} Many
 * @typedef {{kind: "quotient" | "difference", args: [Node, Node]}} Two
 * @typedef {{kind: "negative", args: [Node]}} Negative
 * @typedef {{kind: "power", args: [Node], exponent: number}} Power
 * @typedef {{kind: "call", name: string, args: Node[]}} Call
 *   name: exp log log1p tanh sigmoid erf max maximum greater first_max; first_max has three arguments: the element, and
 *   what it must exceed (max of those before) and reach (max of those after)
 * @typedef {Ref | NumberNode | Ellipsis | Many | Two | Negative | Power | Call} Node
 */

const LONGEST = 12;
const KEPT = 5;

/** @param {number} value @returns {NumberNode} */
export const number = (value) => ({ kind: "number", value });

/** @param {string} name @param {Node[]} args @returns {Call} */
export const call = (name, ...args) => ({ kind: "call", name, args });

/** @param {Node[]} args @returns {Node} */
export function product(...args) {
  // A stored 1 changes nothing and says nothing; a 1 that was computed stays.
  const telling = args.filter((arg) => arg.kind !== "number" || arg.value !== 1);
  if (telling.length === 0) return number(1);
  return telling.length === 1 ? telling[0] : { kind: "product", args: telling };
}

/**
 * A sum with its nested sums opened and its middle left out if it is long.
 * @param {Node[]} args
 * @returns {Node}
 */
export function sum(args) {
  const flat = args.flatMap((arg) => (arg.kind === "sum" ? arg.args : [arg]));
  const telling = flat.filter((arg) => arg.kind !== "number" || arg.value !== 0);
  if (telling.length === 0) return flat[0] ?? number(0);
  return telling.length === 1 ? telling[0] : { kind: "sum", args: abridge(telling, (a, b) => a + b) };
}

/** @param {Node[]} args @returns {Node} */
export function maxOf(args) {
  return args.length === 1 ? args[0] : call("max", ...abridge(args, larger));
}

/**
 * @param {Node[]} args
 * @param {(a: number, b: number) => number} combine
 */
function abridge(args, combine) {
  if (args.length <= LONGEST) return args;
  const middle = args.slice(KEPT, -KEPT);
  const count = middle.reduce((total, arg) => total + (arg.kind === "ellipsis" ? arg.count : 1), 0);
  const value = middle.map(valueOf).reduce(combine);
  return [...args.slice(0, KEPT), ellipsis(count, value), ...args.slice(-KEPT)];
}

/** @param {number} count @param {number} value @returns {Ellipsis} */
const ellipsis = (count, value) => ({ kind: "ellipsis", count, value });

/**
 * The terms numbered 0 to n - 1. Those in the middle of a long list are only added up, never built, so that a
 * sum over a million elements costs no more than its additions.
 * @param {number} n
 * @param {(k: number) => Node} build
 * @param {(k: number) => number} value
 * @param {(a: number, b: number) => number} [combine]
 * @returns {Node[]}
 */
export function terms(n, build, value, combine = (a, b) => a + b) {
  if (n <= LONGEST) return Array.from({ length: n }, (_, k) => build(k));
  let middle = value(KEPT);
  for (let k = KEPT + 1; k < n - KEPT; k++) middle = combine(middle, value(k));
  const first = Array.from({ length: KEPT }, (_, k) => build(k));
  const last = Array.from({ length: KEPT }, (_, k) => build(n - KEPT + k));
  return [...first, ellipsis(n - 2 * KEPT, middle), ...last];
}

/** @type {Record<string, (...x: number[]) => number>} */
const FUNCTIONS = {
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
  sigmoid,
  erf,
  maximum: larger,
  greater: (x, y) => (x > y ? 1 : 0),
  max: (...x) => (x.length === 0 ? -Infinity : x.reduce(larger)),
};

/**
 * What the tree comes to, computed from its leaves.
 * @param {Node} node
 * @returns {number}
 */
export function valueOf(node) {
  switch (node.kind) {
    case "ref":
    case "number":
    case "ellipsis":
      return node.value;
    case "call":
      return node.name === "first_max" ? firstMax(node.args) : FUNCTIONS[node.name](...node.args.map(valueOf));
    default:
      return arithmetic(node);
  }
}

/** @param {Many | Two | Negative | Power} node */
function arithmetic(node) {
  const x = node.args.map(valueOf);
  switch (node.kind) {
    case "sum": return x.reduce((a, b) => a + b);
    case "product": return x.reduce((a, b) => a * b);
    case "quotient": return x[0] / x[1];
    case "difference": return x[0] - x[1];
    case "negative": return -x[0];
    case "power": return power(x[0], node.exponent);
  }
}

/** @param {Node[]} args an element, the maximum of those before it, the maximum of those after it */
function firstMax([element, before, after]) {
  const [x, b, a] = [element, before, after].map(valueOf);
  if (b !== b) return 0;
  const first = isEmpty(before) || x > b || x !== x;
  return first && (isEmpty(after) || x >= a || x !== x) ? 1 : 0;
}

/** No elements on that side. @param {Node} node */
export const isEmpty = (node) => node.kind === "call" && node.name === "max" && node.args.length === 0;

/** Equal up to the rounding that re-ordering a sum may bring. @param {number} a @param {number} b */
export function close(a, b) {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 5e-13 * Math.abs(b);
}

/** @typedef {{sign: "+" | "−", node: Node}} Term */

/**
 * The terms of a sum with their signs; any other node is a sum of one.
 * @param {Node} node @returns {Term[]}
 */
export function termsOf(node) {
  if (node.kind === "sum") return node.args.flatMap(termsOf);
  if (node.kind === "negative") return termsOf(node.args[0]).map(flip);
  if (node.kind === "difference") return [...termsOf(node.args[0]), ...termsOf(node.args[1]).map(flip)];
  return [{ sign: "+", node }];
}

/** @param {Term} term @returns {Term} */
const flip = ({ sign, node }) => ({ sign: sign === "+" ? "−" : "+", node });

/**
 * Takes one factor out of a product or a quotient: the gradient that arrives, and the local slope that is left.
 * @param {Node} node @param {(leaf: Ref) => boolean} isUpstream
 * @returns {{upstream: Ref, local: Node} | null}
 */
export function splitOff(node, isUpstream) {
  if (node.kind === "ref") return isUpstream(node) ? { upstream: node, local: number(1) } : null;
  if (node.kind === "quotient") {
    const split = splitOff(node.args[0], isUpstream);
    return split && { upstream: split.upstream, local: { kind: "quotient", args: [split.local, node.args[1]] } };
  }
  if (node.kind !== "product") return null;
  const factors = node.args.flatMap((arg) => (arg.kind === "product" ? arg.args : [arg]));
  const at = factors.findIndex((factor) => factor.kind === "ref" && isUpstream(factor));
  if (at < 0) return null;
  const rest = factors.filter((_, i) => i !== at);
  return { upstream: /** @type {Ref} */ (factors[at]), local: product(...rest) };
}
