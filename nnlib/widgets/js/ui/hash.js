/**
 * The address of a state: `#slug?step=5&size=small&set.w1=0.3&at=dL/dW1[0,1]&variant=0&view=...&open=proof`.
 * An address comes from anywhere, so nothing in it is believed before it is checked.
 */

const LONGEST = 4000;

/**
 * @typedef {object} Address
 * @property {number} [stop]
 * @property {"big" | "small"} [size]
 * @property {number} [variant]
 * @property {string} [at]
 * @property {string[]} [open]            the panels that are open
 * @property {string} [view]              what the drawing wants to remember; it checks that itself
 * @property {Record<string, number>} values
 *
 * @typedef {object} Known                what the explorer can be asked for
 * @property {string} slug
 * @property {number} variants
 * @property {string[]} targets
 * @property {string[]} panels
 */

/**
 * @param {string} hash
 * @param {Known} known
 * @returns {{address: Address, ignored: string[]} | null}  null when the address is somebody else's
 */
export function parseHash(hash, known) {
  const [slug, query, ...rest] = hash.slice(0, LONGEST).replace(/^#/, "").split("?");
  if (decode(slug) !== known.slug) return null;
  /** @type {Address} */
  const address = { values: Object.create(null) };
  const ignored = new Set();
  if (rest.length > 0 || hash.length > LONGEST) ignored.add("what follows the parameters");
  for (const [key, text] of new URLSearchParams(query ?? "")) {
    const part = readPart(address, key, text, known);
    if (part !== null) ignored.add(part);
  }
  return { address, ignored: [...ignored] };
}

/**
 * Reads one parameter into the address.
 * @param {Address} address @param {string} key @param {string} text @param {Known} known
 * @returns {string | null}  the name of the part when it is not usable
 */
function readPart(address, key, text, known) {
  if (key === "step") return (address.stop = natural(text)) === undefined ? key : null;
  if (key === "variant") {
    const index = natural(text);
    if (index === undefined || index >= known.variants) return key;
    address.variant = index;
    return null;
  }
  if (key === "size") {
    if (text !== "big" && text !== "small") return key;
    address.size = text;
    return null;
  }
  if (key === "at") {
    address.at = text.slice(0, 200);
    return null;
  }
  if (key === "view") {
    address.view = text;
    return null;
  }
  if (key === "open") {
    const names = text.split(",");
    address.open = known.panels.filter((panel) => names.includes(panel));
    return names.every((name) => known.panels.includes(name)) ? null : key;
  }
  const target = key.startsWith("set.") ? key.slice(4) : null;
  if (target === null || !known.targets.includes(target)) return "an unknown part";
  const value = decimal(text);
  if (value === undefined) return `the value of ${target}`;
  address.values[target] = value;
  return null;
}

/** @param {string} text */
function natural(text) {
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** @param {string} text */
function decimal(text) {
  const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * @param {string} slug
 * @param {Address} address
 */
export function formatHash(slug, address) {
  const query = new URLSearchParams();
  if (address.stop !== undefined) query.set("step", String(address.stop));
  if (address.size) query.set("size", address.size);
  for (const [target, value] of Object.entries(address.values)) query.set(`set.${target}`, String(value));
  if (address.at) query.set("at", address.at);
  if (address.variant) query.set("variant", String(address.variant));
  if (address.view) query.set("view", address.view);
  if (address.open?.length) query.set("open", address.open.join(","));
  // Commas and slashes may stand in a fragment as they are, and an address is read by people too.
  return `#${encodeURIComponent(slug)}?${String(query).replace(/%2C/g, ",").replace(/%2F/g, "/")}`;
}
