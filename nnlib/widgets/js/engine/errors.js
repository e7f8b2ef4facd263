/** The only error the engine throws at a caller: one sentence, fit to be shown to the reader. */
export class TraceError extends Error {
  /** @param {string} sentence */
  constructor(sentence) {
    super(sentence);
    this.name = "TraceError";
  }
}

/**
 * @param {string} sentence
 * @returns {never}
 */
export function refuse(sentence) {
  throw new TraceError(sentence);
}

/**
 * A value of unknown origin inside a sentence: quoted, and short whatever it was.
 * @param {unknown} thing
 */
export function quote(thing) {
  if (typeof thing === "function" || typeof thing === "symbol" || typeof thing === "bigint") return `a ${typeof thing}`;
  if (Array.isArray(thing)) return thing.length > 8 ? `a list of ${thing.length}` : `[${thing.map(brief).join(", ")}]`;
  return brief(thing);
}

/** @param {unknown} thing */
function brief(thing) {
  if (Array.isArray(thing)) return "a list";
  if (typeof thing === "object" && thing !== null) return "an object";
  const text = typeof thing === "string" ? JSON.stringify(thing) : String(thing);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
