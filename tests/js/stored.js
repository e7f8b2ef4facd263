/** The traces that the book shows, read from the stored outputs of its notebooks. */
import { readdirSync, readFileSync } from "node:fs";
import { unpacked } from "../../nnlib/widgets/js/ui/unpack.js";

const NOTEBOOKS = new URL("../../notebooks/", import.meta.url);
const SPEC = /<div data-explorer="[^"]+"[^>]*>\s*<script type="application\/json">(.*?)<\/script>/gs;

/** @returns {{where: string, json: any}[]} */
export function storedTraces() {
  const names = readdirSync(NOTEBOOKS).filter((name) => name.endsWith(".ipynb"));
  return names.flatMap((name) => {
    const { cells } = JSON.parse(readFileSync(new URL(name, NOTEBOOKS), "utf8"));
    const pages = cells.flatMap(({ outputs = [] }) => outputs.map(({ data }) => [data?.["text/html"] ?? ""].flat().join("")));
    const specs = pages.flatMap((page) => [...page.matchAll(SPEC)].map(([, spec]) => JSON.parse(spec)));
    return specs.flatMap(({ slug, variants }) => unpacked(variants).map(({ label, trace }) => ({ where: `${name}, ${slug}, ${label}`, json: trace })));
  });
}
