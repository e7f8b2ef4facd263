// A large tensor at a glance: darker means larger, a full square is positive, a half square negative.
import { html, set, setAll, svg } from "./svg.js";

const SHADES = 5;
const SIDE = 132;
const MOST_BLOCKS = 66;

/** @param {number} rows @param {number} columns @param {(row: number, column: number) => void} visit */
export function overview(rows, columns, visit) {
  const step = { row: Math.ceil(rows / MOST_BLOCKS), column: Math.ceil(columns / MOST_BLOCKS) };
  const blocks = { rows: Math.ceil(rows / step.row), columns: Math.ceil(columns / step.column) };
  const cell = Math.max(2, Math.min(6, Math.floor(SIDE / Math.max(blocks.rows, blocks.columns))));
  const [width, height] = [blocks.columns * cell, blocks.rows * cell];
  const shades = Array.from({ length: SHADES }, (_, i) => svg("path", { class: "nn-shade", style: `--share:${(i + 1) / SHADES}` }));
  const frame = svg("rect", { class: "nn-frame" });
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" }, ...shades, frame);
  const element = html("div", { class: "nn-map" }, drawing);
  drawing.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const box = drawing.getBoundingClientRect();
    const at = (/** @type {number} */ share, /** @type {number} */ n) => Math.floor(share * n);
    visit(at((event.clientY - box.top) / box.height, rows), at((event.clientX - box.left) / box.width, columns));
  });

  /** @param {Float64Array} data @param {(row: number, column: number) => number} offsetAt @param {number} largest */
  function update(data, offsetAt, largest) {
    const paths = shades.map(() => "");
    /** The value of largest magnitude in a block. @param {number} row @param {number} column */
    const extreme = (row, column) => {
      let found = 0;
      for (let r = row; r < Math.min(rows, row + step.row); r += 1) {
        for (let c = column; c < Math.min(columns, column + step.column); c += 1) {
          const value = data[offsetAt(r, c)];
          if (Math.abs(value) > Math.abs(found)) found = value;
        }
      }
      return found;
    };
    for (let r = 0; r < blocks.rows; r += 1) {
      for (let c = 0; c < blocks.columns; c += 1) {
        const value = extreme(r * step.row, c * step.column);
        const shade = Math.ceil((Math.abs(value) / (largest || 1)) * SHADES) - 1;
        if (shade < 0 || !Number.isFinite(value)) continue;
        paths[Math.min(shade, SHADES - 1)] += square(c * cell, r * cell, cell, value < 0);
      }
    }
    paths.forEach((path, i) => set(shades[i], "d", path));
  }

  /** @param {number} row @param {number} column @param {number} tall @param {number} wide */
  function place(row, column, tall, wide) {
    setAll(frame, {
      x: (column / columns) * width, y: (row / rows) * height, width: (wide / columns) * width, height: (tall / rows) * height,
    });
  }

  return { element, update, frame: place };
}

/** @param {number} x @param {number} y @param {number} side @param {boolean} negative */
function square(x, y, side, negative) {
  const gap = side > 3 ? 1 : 0;
  const height = negative ? (side - gap) / 2 : side - gap;
  return `M${x} ${y + side - gap}v${-height}h${side - gap}v${height}z`;
}
