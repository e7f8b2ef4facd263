// What a reader has chosen inside a drawing, as part of an address, and back: `mode.kernel/filter.1/output.2,3`.
// An address comes from anywhere, so a choice is taken only where it is one of those that there are.

/**
 * An address tells what is otherwise than in a drawing that is opened at this step; what it leaves out is as there.
 * @param {Record<string, any>} at         all that the drawing remembers, as it is at first; the stop that it is at too
 * @param {Record<string, () => any[]>} known  what each choice may be; one may depend on those before it
 * @param {() => void} arrive              what the stop and the selection make of `at`
 * @returns {{link: () => string | null, follow: (link: string) => boolean}}
 */
export function choices(at, known, arrive) {
  const first = { ...at };

  function openAfresh() {
    Object.assign(at, first);
    arrive();
  }

  function link() {
    const now = { ...at };
    openAfresh();
    const told = Object.keys(known).filter((name) => String(now[name]) !== String(at[name]));
    Object.assign(at, now);
    return told.map((name) => `${name}.${now[name]}`).join("/") || null;
  }

  /** The shell draws afterwards. @param {string} text */
  function follow(text) {
    openAfresh();
    const wanted = new Map(text === "" ? [] : text.split("/").map((part) => nameAndValue(part)));
    for (const [name, values] of Object.entries(known)) {
      const value = values().find((one) => String(one) === wanted.get(name));
      if (value === undefined) continue;
      at[name] = value;
      wanted.delete(name);
    }
    return wanted.size === 0;
  }

  return { link, follow };
}

/** A name may hold a point, a value does not. @param {string} part @returns {[string, string]} */
function nameAndValue(part) {
  const point = part.lastIndexOf(".");
  return [part.slice(0, Math.max(0, point)), part.slice(point + 1)];
}

/** The whole numbers below n. @param {number} n */
export const below = (n) => Array.from({ length: n }, (_, i) => i);

/** The places of a grid. @param {number} rows @param {number} columns */
export const places = (rows, columns) => below(rows).flatMap((row) => below(columns).map((column) => [row, column]));
