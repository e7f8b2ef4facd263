/** The published page: mounts every explorer, follows the address, and draws the page's formulas. No server needed. */

import { mount, refuse } from "./ui/explorer.js";
import { SpecError } from "./ui/spec.js";
import { pageMath } from "./ui/page_math.js";

/** @param {HTMLElement} root */
function start(root) {
  if (root.dataset.ready) return null;
  const script = root.querySelector('script[type="application/json"]');
  try {
    return mount(root, JSON.parse(script?.textContent ?? ""));
  } catch {
    return refuse(root, new SpecError("its data is not JSON."));
  }
}

/** Explorers one by one, so that the page answers between them. */
async function startAll() {
  const roots = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-explorer]")]);
  const wanted = location.hash.slice(1).split("?")[0];
  roots.sort((a, b) => Number(b.dataset.explorer === wanted) - Number(a.dataset.explorer === wanted));
  /** @type {{root: HTMLElement, explorer: any}[]} */
  const explorers = [];
  for (const root of roots) {
    const explorer = start(root);
    if (explorer) explorers.push({ root, explorer });
    if (root.dataset.explorer === wanted) root.scrollIntoView({ block: "start" });
    await new Promise((next) => setTimeout(next));
  }
  addEventListener("hashchange", () => follow(explorers));
}

/** @param {{root: HTMLElement, explorer: any}[]} explorers */
function follow(explorers) {
  for (const { root, explorer } of explorers) {
    if (explorer.readAddress?.(location.hash)) root.scrollIntoView({ block: "start" });
  }
}

function go() {
  startAll();
  pageMath(document);
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", go);
else go();
