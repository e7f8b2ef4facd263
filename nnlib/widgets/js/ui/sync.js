/** Ties an explorer to the traits of its Python object, both ways, without echoes. */

/** @typedef {{get: (name: string) => any, set: (name: string, value: any) => void, save_changes: () => void, on: (event: string, act: () => void) => void, off: (event: string, act: () => void) => void}} Model */
/** @typedef {{stop: number, size: "big" | "small", variant: number, values: Record<string, number>}} Shared */

const NAMES = /** @type {const} */ (["values", "stop", "size", "variant"]);

/**
 * @param {Model} model
 * @param {{getState: () => Shared, setState: (patch: Partial<Shared>) => void}} explorer
 * @returns {{push: () => void, disconnect: () => void}}
 */
export function connect(model, explorer) {
  /** What both sides last agreed on, as text. @type {Map<string, string>} */
  const agreed = new Map(NAMES.map((name) => [name, JSON.stringify(model.get(name))]));
  const listeners = NAMES.map((name) => ({ name, listen: () => pull(name) }));
  for (const { name, listen } of listeners) model.on(`change:${name}`, listen);

  /** @param {typeof NAMES[number]} name */
  function pull(name) {
    const text = JSON.stringify(model.get(name));
    if (agreed.get(name) === text) return;
    agreed.set(name, text);
    explorer.setState({ [name]: model.get(name) });
  }

  function push() {
    const state = explorer.getState();
    const sayable = Object.values(state.values).every(Number.isFinite);
    const changed = NAMES.filter((name) => agreed.get(name) !== JSON.stringify(state[name]) && (sayable || name !== "values"));
    for (const name of changed) {
      agreed.set(name, JSON.stringify(state[name]));
      model.set(name, state[name]);
    }
    if (changed.length) model.save_changes();
  }

  function disconnect() {
    for (const { name, listen } of listeners) model.off(`change:${name}`, listen);
  }

  return { push, disconnect };
}
