// Element labels ("w10", "z_h1", "dL/dW1[0,1]") as SVG text with italic letters and real subscripts.
import { svg } from "./svg.js";

const GREEK = {
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", eps: "ε", eta: "η", theta: "θ", kappa: "κ",
  lambda: "λ", mu: "μ", nu: "ν", xi: "ξ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", chi: "χ", psi: "ψ", omega: "ω",
};

/** @typedef {{text: string, kind: "base" | "sub" | "plain"}} Piece */

/** @param {string} label @returns {Piece[]} */
export function pieces(label) {
  const ratio = /^d(.+?)\/d(.+)$/.exec(label);
  if (ratio) {
    return [plain("∂"), ...pieces(ratio[1]), plain("/∂"), ...pieces(ratio[2])];
  }
  const match = /^([A-Za-z]+?)(?:_([^[\]']+)|(\d+))?('*)(\[.*\])?$/.exec(label);
  if (!match) return [plain(label)];
  const [, base, tail, digits, primes, index] = match;
  const name = /** @type {Record<string, string>} */ (GREEK)[base] ?? base;
  return [{ text: name, kind: "base" }, ...optional(tail ?? digits, "sub"), ...optional(primes, "plain"), ...optional(index, "plain")];
}

/** @param {string} text @returns {Piece} */
function plain(text) {
  return { text, kind: "plain" };
}

/** @param {string | undefined} text @param {"sub" | "plain"} kind @returns {Piece[]} */
function optional(text, kind) {
  return text ? [{ text, kind }] : [];
}

/** The label as one line of characters, for names read aloud.
 * @param {string} label */
export function spoken(label) {
  return label.replace(/^d(.+?)\/d(.+)$/, "∂$1/∂$2").replace(/_/g, " ");
}

/** tspans for a text element; `dy` brings the baseline back after each subscript.
 * @param {string} label @param {string} [tail] what follows it @returns {SVGElement[]} */
export function labelSpans(label, tail) {
  let drop = 0;
  return [...pieces(label), ...optional(tail, "plain")].map((piece) => {
    const wanted = piece.kind === "sub" ? 3 : 0;
    const span = svg("tspan", { class: `nn-${piece.kind}`, dy: wanted - drop }, piece.text);
    drop = wanted;
    return span;
  });
}

/** @param {string} label @param {Record<string, string | number>} [attributes] */
export function labelText(label, attributes = {}) {
  return svg("text", { ...attributes, class: `nn-math ${attributes.class ?? ""}`.trim() }, ...labelSpans(label));
}

/** Rough width in px, enough to keep labels apart. @param {string} label */
export function labelWidth(label) {
  const width = { base: 8.5, sub: 6, plain: 7.5 };
  return pieces(label).reduce((sum, piece) => sum + piece.text.length * width[piece.kind], 0);
}
