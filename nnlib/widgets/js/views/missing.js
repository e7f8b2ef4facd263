// Tensors by name. A variant need not hold every tensor that the view names; the shell then says so in place of the drawing.

export class MissingTensor extends Error {
  /** @param {string} name */
  constructor(name) {
    super(`The drawing needs ${name}, which this variant does not have; the ledger and the microscope show what it has.`);
    this.name = "MissingTensor";
  }
}

/** @param {any} trace @param {string} name @returns {number} */
export function stepNamed(trace, name) {
  const found = trace.byName.get(name);
  if (found === undefined) throw new MissingTensor(name);
  return found;
}

/** @param {any} trace @param {string | null | undefined} name @returns {number | null} */
export function optionalStep(trace, name) {
  return name === undefined || name === null ? null : stepNamed(trace, name);
}

/** One element by its label. @param {any} trace @param {string} label @returns {import("./types.js").Place} */
export function placeNamed(trace, label) {
  const place = trace.find(label);
  if (!place) throw new MissingTensor(label);
  return place;
}

/** Of the tensors that the author chose those that this variant has, and a sentence about the others.
 * @param {any} trace @param {string[]} names @returns {{steps: number[], missing: string[]}} */
export function held(trace, names) {
  const missing = names.filter((name) => !trace.byName.has(name));
  return {
    steps: names.flatMap((name) => trace.byName.get(name) ?? []),
    missing: missing.length === 0 ? [] : [`This variant has no ${missing.join(" and no ")}.`],
  };
}
