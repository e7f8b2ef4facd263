/** The published page: mounts every explorer, follows the address, and draws the page's formulas. No server needed. */

import { bundle } from "./page_bundles.js";
import { mount, refuse } from "./ui/explorer.js";
import { missingBundle } from "./ui/kinds.js";
import { SpecError } from "./ui/spec.js";
import { pageMath } from "./ui/page_math.js";

/** @param {HTMLElement} root */
function start(root) {
  if (root.dataset.ready) return null;
  const script = root.querySelector('script[type="application/json"]');
  try {
    const json = JSON.parse(script?.textContent ?? "");
    const missing = missingBundle(json);
    return missing ? later(root, json, missing) : mount(root, json);
  } catch {
    return refuse(root, new SpecError("its data is not JSON."));
  }
}

/** An explorer whose drawing must come first; the others do not wait for it. @param {HTMLElement} root @param {unknown} json
 * @param {string} missing */
async function later(root, json, missing) {
  try {
    await bundle(missing);
  } catch (error) {
    return refuse(root, error);
  }
  return mount(root, json);
}

/** Explorers one by one, so that the page answers between them. */
function startAll() {
  const roots = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-explorer]")]);
  const wanted = location.hash.slice(1).split("?")[0];
  roots.sort((a, b) => Number(b.dataset.explorer === wanted) - Number(a.dataset.explorer === wanted));
  /** @type {{root: HTMLElement, explorer: any}[]} */
  const explorers = [];
  for (const root of roots) setTimeout(async () => {
    const explorer = await start(root);
    if (explorer) explorers.push({ root, explorer });
    if (root.dataset.explorer === wanted) keepInView(root);
  });
  addEventListener("hashchange", () => follow(explorers));
}

/** What is drawn later above it, explorers and formulas, must not push away what a link led to: until the reader acts.
 * @param {HTMLElement} root */
function keepInView(root) {
  const observer = new ResizeObserver(() => root.scrollIntoView());
  observer.observe(document.body);
  for (const act of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(act, () => observer.disconnect(), { once: true, passive: true });
}

/** @param {{root: HTMLElement, explorer: any}[]} explorers */
function follow(explorers) {
  for (const { root, explorer } of explorers) {
    if (explorer.readAddress?.(location.hash)) root.scrollIntoView();
  }
}

// The script is deferred: the page is there.
startAll();
pageMath(document);
