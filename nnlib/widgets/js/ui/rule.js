/** One contribution of the backward pass, told as `upstream x local = downstream`, path by path. */

import { h, setText } from "./dom.js";
import { splitOff } from "../engine/nodes.js";
import { valueOf } from "../engine/terms.js";
import { Writer, signature, termsOf } from "./expression.js";
import { equation, symbolButton } from "./equation.js";
import { format } from "./numbers.js";

/** @typedef {import("./numbers.js").NumberGroup} NumberGroup */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {any} Node_ */
/** @typedef {{upstream: Node_, local: Node_ | null, share: Node_, sign: string}} Path */

const MOST_PATHS = 4;
const KEPT_PATHS = 3;

/**
 * Takes the upstream gradient out of each term. Null when a term does not hold it as a plain factor.
 * @param {Node_} node @param {number} upstream @returns {Path[] | null}
 */
function pathsOf(node, upstream) {
  const paths = [];
  for (const { sign, node: share } of termsOf(node)) {
    if (share.kind === "ellipsis") {
      paths.push({ upstream: share, local: null, share, sign });
      continue;
    }
    const split = splitOff(share, (leaf) => leaf.step === upstream);
    if (!split) return null;
    paths.push({ ...split, share, sign });
  }
  return paths;
}

/**
 * @param {Session} session @param {NumberGroup} group
 * @param {{upstream: number, downstream: number, offset: number}} rule  steps of the two gradients, and the element
 */
export function chain(session, group, { upstream, downstream, offset }) {
  const element = h("div", { class: "ex-chain" });
  /** @type {{drawn: string, values: {element: Element, read: (paths: Path[]) => number}[], fallback: (() => void) | null}} */
  const kept = { drawn: "", values: [], fallback: null };

  const explain = session.explainWith(upstream);

  function refresh() {
    const node = upstream === downstream
      ? { kind: "ref", step: upstream, offset, value: session.replay.values[upstream].data[offset] }
      : explain(downstream, offset);
    const all = pathsOf(node, upstream);
    if (!all) return refreshPlain();
    const paths = shortened(all);
    const shape = signature(node, false) + paths.map(({ sign }) => sign).join("");
    if (shape !== kept.drawn) build(paths);
    kept.drawn = shape;
    for (const { element: cell, read } of kept.values) writeValue(cell, read(paths));
  }

  /** A rule that is no plain product of upstream and local, such as that of softmax: its sum as it stands. */
  function refreshPlain() {
    if (!kept.fallback) {
      const plain = equation(session, group, downstream, offset);
      element.replaceChildren(plain.element);
      kept.fallback = plain.refresh;
    }
    kept.fallback();
  }

  /** @param {Path[]} paths */
  function build(paths) {
    group.clear();
    kept.values = [];
    const names = new Writer((leaf) => symbolButton(session, group, leaf), { numeric: false });
    const rows = paths.flatMap((path, i) => row(path, i, paths.length, names));
    const total = paths.length > 1 ? [cell("ex-total", symbolButton(session, group, { step: downstream, offset }), "sum of the paths"),
      sign("="), cell("ex-downstream", group.html(downstream, offset, { button: true }))] : [];
    element.classList.toggle("has-paths", paths.length > 1);
    element.replaceChildren(...(paths.length > 1 ? [h("span")] : []), heading("upstream"), h("span"), heading("local"), h("span"), heading("downstream"), ...rows, ...total);
  }

  /** @param {Path} path @param {number} i @param {number} count @param {Writer} names */
  function row(path, i, count, names) {
    if (!path.local) return [cell("ex-more", names.line(path.share))];
    const { upstream: up, local } = path;
    const signed = path.sign === "−" ? "−" : "";
    const end = count === 1 && !signed
      ? cell("ex-downstream", name({ step: downstream, offset }), group.html(downstream, offset, { button: true }))
      : cell("ex-downstream", value((paths) => signOf(paths[i]) * valueOf(paths[i].share)));
    const figure = local.kind === "ref" ? group.html(local.step, local.offset, { button: true })
      : value((paths) => signOf(paths[i]) * valueOf(paths[i].local));
    const label = local.kind === "number" ? null : h("span", {}, signed, names.line(local));
    return [...(count > 1 ? [sign(i > 0 ? "+" : "")] : []), cell("ex-upstream", name(up), group.html(up.step, up.offset, { button: true })), sign("×"),
      cell("ex-local", label, figure), sign("="), end];
  }

  /** The heading is name enough for what has only a formula. @param {{step: number, offset: number}} place */
  function name(place) {
    return session.trace.steps[place.step].symbol === null ? null : symbolButton(session, group, place);
  }

  /** @param {(paths: Path[]) => number} read */
  function value(read) {
    const figure = h("span", { class: "ex-figure" });
    kept.values.push({ element: figure, read });
    return figure;
  }

  refresh();
  return { element, refresh };
}

/** Of many paths the first few, and what the others add up to. @param {Path[]} paths @returns {Path[]} */
function shortened(paths) {
  if (paths.length <= MOST_PATHS) return paths;
  const rest = paths.slice(KEPT_PATHS);
  const share = {
    kind: "ellipsis",
    count: rest.reduce((n, { share: { kind, count } }) => n + (kind === "ellipsis" ? count : 1), 0),
    value: rest.reduce((total, path) => total + signOf(path) * valueOf(path.share), 0),
  };
  return [...paths.slice(0, KEPT_PATHS), { upstream: share, local: null, share, sign: "+" }];
}

/** @param {Path} path */
const signOf = (path) => (path.sign === "−" ? -1 : 1);

/** @param {Element} element @param {number} value */
function writeValue(element, value) {
  setText(element, format(value));
  element.setAttribute("title", String(value));
}

/** @param {string} text */
const heading = (text) => h("span", { class: `ex-heading ex-${text}` }, text);

/** @param {string} text */
const sign = (text) => h("span", { class: "ex-sign" }, text);

/** @param {string} kind @param {...(Node | string | null)} children */
const cell = (kind, ...children) => h("span", { class: `ex-cell ${kind}` }, ...children);
