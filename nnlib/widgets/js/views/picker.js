// One tab stop for a drawing with many parts: arrow keys walk, focus and click select, the pointer lights up.
import { set } from "./svg.js";

/** @typedef {import("./types.js").Place} Place */
/** @typedef {{element: Element, group: number, place: () => Place, name: string}} Item */

const STEPS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
});

/** @param {Element} root @param {import("./types.js").Context} context
 * @param {(place: Place) => string} tell what is said about an element besides its name */
export function picker(root, context, tell) {
  /** @type {Item[]} */
  const items = [];
  /** @type {WeakMap<Element, () => Place>} */
  const places = new WeakMap();
  let current = 0;

  /** A part that can be focused; parts of one group lie above each other. @param {Item} item */
  function add(item) {
    set(item.element, "role", "img");
    set(item.element, "aria-label", item.name);
    set(item.element, "tabindex", items.length === 0 ? 0 : -1);
    items.push(item);
    places.set(item.element, item.place);
  }

  /** A part that answers the pointer only. @param {Element} element @param {() => Place} place */
  function tie(element, place) {
    places.set(element, place);
  }

  /** @param {EventTarget | null} target */
  function placeAt(target) {
    for (let e = /** @type {Element | null} */ (target); e && e !== root; e = e.parentElement) {
      const place = places.get(e);
      if (place) return place();
    }
    return null;
  }

  /** @param {number} index */
  function makeCurrent(index) {
    set(items[current].element, "tabindex", -1);
    current = index;
    set(items[current].element, "tabindex", 0);
  }

  /** @param {any} event */
  function onKey(event) {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const next = neighbour(items, current, step);
    makeCurrent(next);
    /** @type {any} */ (items[next].element).focus();
  }

  /** @param {any} event */
  function onFocus(event) {
    const index = items.findIndex((item) => item.element === event.target);
    if (index < 0) return;
    makeCurrent(index);
    const place = items[index].place();
    set(items[index].element, "aria-label", `${items[index].name}: ${tell(place)}`);
    context.select(place.step, place.offset);
  }

  /** @param {any} event */
  function onClick(event) {
    const place = placeAt(event.target);
    if (place) context.select(place.step, place.offset);
  }

  /** The shell would look for a number below the pointer and, on an edge, find none. @param {any} event */
  function onEnter(event) {
    const place = placeAt(event.target);
    if (!place) return;
    event.stopPropagation();
    context.hover(place.step, place.offset);
  }

  /** @param {any} event */
  function onLeave(event) {
    const place = placeAt(event.target);
    if (place) context.hover(place.step, null);
  }

  root.addEventListener("keydown", onKey);
  root.addEventListener("focusin", onFocus);
  root.addEventListener("click", onClick);
  root.addEventListener("pointerover", onEnter);
  root.addEventListener("pointerout", onLeave);
  return { add, tie };
}

/** @param {Item[]} items @param {number} current @param {[number, number]} step */
function neighbour(items, current, [across, down]) {
  const group = items[current].group;
  const mates = (/** @type {number} */ g) => items.flatMap((item, i) => (item.group === g ? [i] : []));
  const own = mates(group);
  const at = own.indexOf(current);
  if (down !== 0) return own[Math.min(own.length - 1, Math.max(0, at + down))];
  const groups = [...new Set(items.map((item) => item.group))].sort((a, b) => a - b);
  const wanted = groups[groups.indexOf(group) + across];
  if (wanted === undefined) return current;
  const others = mates(wanted);
  return others[Math.round(((at + 0.5) / own.length) * others.length - 0.5)] ?? others[0];
}
