/**
 * Bundles the explorers: `npm run build`. One source, a module for notebooks, a script and a style for pages, and
 * another pair for each family of drawings, which pages load where they need it.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const SOURCES = "nnlib/widgets/js";
const TARGET = "nnlib/widgets/static";

/**
 * Parts of Temml for LaTeX that no formula here is written in: colours, boxes, cross-references, definitions,
 * diagrams, sizes. Without them every page is 10 kB lighter. A formula that needs one is shown in red, and a test fails.
 */
const LEFT_OUT = [
  "auto-render", "postProcess", "environments/borderTree", "environments/cd",
  ...["accentunder", "bordermatrix", "cancelto", "char", "color", "cr", "def", "enclose", "envTag", "hbox", "html", "includegraphics", "label", "lap",
    "math", "mathchoice", "multiscript", "not", "pmb", "raise", "ref", "reflect", "rule", "sfrac", "sizing", "smash", "tag", "tip", "toggle", "vcenter", "verb"]
    .map((name) => `functions/${name}`),
];

const lighterFormulas = {
  name: "lighter formulas",
  setup(bundle) {
    const filter = new RegExp(`/temml/src/(${LEFT_OUT.join("|")})\\.js$`);
    bundle.onLoad({ filter }, ({ path }) => ({ contents: withoutItsWork(readFileSync(path, "utf8")) }));
  },
};

/** A module that exports the same names, and nothing behind them. */
function withoutItsWork(text) {
  const names = [...text.matchAll(/export (?:const|let|var|function|class) (\w+)/g)].map(([, name]) => name);
  const main = /export default/.test(text) ? ["export default null;"] : [];
  return [...names.map((name) => `export const ${name} = null;`), ...main].join("\n");
}

const common = { bundle: true, minify: true, charset: "utf8", target: "es2022", logLevel: "warning", plugins: [lighterFormulas] };

/** Drawings that pages load where they need them; a notebook has them all. */
const BUNDLES = ["images", "sequences", "attention"];

await Promise.all([
  ...BUNDLES.flatMap((name) => [
    build({ ...common, entryPoints: [`${SOURCES}/${name}.js`], format: "iife", globalName: `explorerBundles.${name}`, outfile: `${TARGET}/explorer-${name}.js` }),
    build({ ...common, entryPoints: [`${SOURCES}/views/${name}.css`], outfile: `${TARGET}/explorer-${name}.css` }),
  ]),
  build({ ...common, entryPoints: [`${SOURCES}/anywidget.js`], format: "esm", outfile: `${TARGET}/anywidget.mjs` }),
  build({ ...common, entryPoints: [`${SOURCES}/ui/style.css`], loader: { ".woff2": "dataurl" }, outfile: `${TARGET}/explorer.css` }),
]);

const digests = BUNDLES.map((name) => {
  const digest = createHash("sha256");
  for (const ending of ["js", "css"]) digest.update(readFileSync(`${TARGET}/explorer-${name}.${ending}`));
  return [name, digest.digest("hex").slice(0, 8)];
});
const define = { BUNDLE_DIGESTS: JSON.stringify(Object.fromEntries(digests)) };
await build({ ...common, define, entryPoints: [`${SOURCES}/page.js`], format: "iife", outfile: `${TARGET}/explorer.js` });
