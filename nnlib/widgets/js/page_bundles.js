/** Loads a bundle of drawings, script and style, from beside this script: on the web, or from disk. */

import { addFields } from "./ui/fields.js";
import { addDrawings } from "./ui/kinds.js";
import { SpecError } from "./ui/spec.js";

/** Known only while this script is being run; empty where it stands in the page itself. */
const own = /** @type {HTMLScriptElement | null} */ (document.currentScript)?.src ?? "";

/** @type {Map<string, Promise<void>>} */
const coming = new Map();

/** The bundle of a name, asked for once. @param {string} name @returns {Promise<void>} */
export function bundle(name) {
  const asked = coming.get(name) ?? load(name);
  coming.set(name, asked);
  return asked;
}

/** @param {string} name */
async function load(name) {
  const found = () => /** @type {any} */ (window).explorerBundles?.[name];
  if (!found()) await Promise.all([fetched(name, "script", "src", "js"), fetched(name, "link", "href", "css")]);
  if (!found()) throw new SpecError("the script that draws it is not the one that belongs here.");
  addDrawings(found().drawings);
  addFields(found().fields);
}

/** The digest that the build puts in makes an old copy in the reader's cache another file. @param {string} name
 * @param {"script" | "link"} tag @param {"src" | "href"} place @param {"js" | "css"} ending @returns {Promise<unknown>} */
function fetched(name, tag, place, ending) {
  const file = `explorer-${name}.${ending}`;
  const element = document.createElement(tag);
  if (element instanceof HTMLLinkElement) element.rel = "stylesheet";
  return new Promise((done, fail) => {
    element.onload = done;
    element.onerror = () => fail(new SpecError(`${file}, which draws it, could not be loaded.`));
    element.setAttribute(place, new URL(`${file}?v=${BUNDLE_DIGESTS[name]}`, own || location.href).href);
    document.head.append(element);
  });
}
