// Images of numbers: how a tensor lies in channels of rows and columns, how large its pixels are, and their colours.

/** @typedef {{channels: number, rows: number, columns: number, size: number, bars: boolean}} Layout */
/** @typedef {{channel: number, row: number, column: number}} Spot */
/** @typedef {[number, number, number]} Colour */
/** @typedef {{positive: Colour, negative: Colour, odd: Colour}} Palette */
/** @typedef {{least: number, most: number, largest: number}} Range offsets of the extremes, -1 without any; the largest magnitude */

const MOST_BARS = 24;
const STRIP = 32;
const FAINTEST = 0.06;

/** (1, C, H, W), (C, H, W) and (H, W) are images; (1, K), (K,) and a single number are bars, or a strip where they are many.
 * @param {number[]} shape @returns {Layout} */
export function layoutOf(shape) {
  const size = shape.reduce((product, n) => product * n, 1);
  const vector = shape.length < 2 || (shape.length === 2 && shape[0] === 1);
  if (!vector) {
    const [rows, columns] = shape.slice(-2);
    return { channels: size / (rows * columns || 1), rows, columns, size, bars: false };
  }
  const columns = Math.min(size, STRIP);
  return { channels: 1, rows: Math.ceil(size / columns), columns, size, bars: size <= MOST_BARS };
}

/** @param {Layout} layout @param {number} offset @returns {Spot} */
export function spotOf({ rows, columns }, offset) {
  const within = offset % (rows * columns);
  return { channel: Math.floor(offset / (rows * columns)), row: Math.floor(within / columns), column: within % columns };
}

/** @param {Layout} layout @param {Spot} spot @returns {number} -1 beyond the last number of a strip */
export function offsetAt({ rows, columns, size }, { channel, row, column }) {
  const offset = (channel * rows + row) * columns + column;
  return offset < size ? offset : -1;
}

/** The pixel that an arrow leads to; beyond the edge lies the next channel. @param {Layout} layout @param {number} offset @param {string} key */
export function walked(layout, offset, key) {
  const { channels, rows, columns } = layout;
  const spot = spotOf(layout, offset);
  const moves = /** @type {Record<string, [number, number, number]>} */ ({
    ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1], ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0], PageUp: [-1, 0, 0], PageDown: [1, 0, 0],
  });
  if (!Object.hasOwn(moves, key)) return null;
  const [channel, row, column] = [spot.channel + moves[key][0], spot.row + moves[key][1], spot.column + moves[key][2]];
  const across = column < 0 ? -1 : column >= columns ? 1 : 0;
  const next = { channel: channel + across, row, column: across ? (column + columns) % columns : column };
  const inside = next.channel >= 0 && next.channel < channels && row >= 0 && row < rows;
  const found = inside ? offsetAt(layout, next) : -1;
  return found < 0 ? offset : found;
}

/** Side of one pixel, in px of the page. @param {Layout} layout @param {number} width that there is
 * @param {number} least that a finger or a pointer needs to paint; 0 where nothing is painted */
export function cellOf({ channels, rows, columns }, width, least) {
  const side = least ? 10 * least : channels <= 3 ? 104 : channels <= 8 ? 48 : 36;
  const cell = Math.min(least || 16, Math.floor(side / Math.max(rows, columns)));
  return Math.max(1, Math.min(Math.max(cell, 2), Math.floor((width - 2) / columns)));
}

/** @param {ArrayLike<number>} data @returns {Range} */
export function rangeOf(data) {
  let [least, most, largest] = [-1, -1, 0];
  for (let i = 0; i < data.length; i += 1) {
    if (!Number.isFinite(data[i])) continue;
    if (least < 0 || data[i] < data[least]) least = i;
    if (most < 0 || data[i] > data[most]) most = i;
    largest = Math.max(largest, Math.abs(data[i]));
  }
  return { least, most, largest };
}

/** How strongly a number is coloured; only 0 is not. @param {number} value @param {number} largest */
export function strength(value, largest) {
  if (!Number.isFinite(value)) return 1;
  return value === 0 ? 0 : FAINTEST + (1 - FAINTEST) * (Math.abs(value) / largest);
}

/** One channel as bytes of an image, `cell` pixels for each number: a minus is cut out of what is negative, and what is
 * not finite is a chequerboard, so that neither is told by its colour alone.
 * @param {Uint8ClampedArray} bytes @param {ArrayLike<number>} data @param {number} channel @param {Layout} layout
 * @param {number} cell @param {number} largest @param {Palette} palette */
export function paint(bytes, data, channel, layout, cell, largest, palette) {
  bytes.fill(0);
  const { rows, columns } = layout;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const offset = offsetAt(layout, { channel, row, column });
      if (offset >= 0) square(bytes, columns * cell, row * cell, column * cell, cell, data[offset], largest, palette);
    }
  }
}

/** @param {Uint8ClampedArray} bytes @param {number} width @param {number} top @param {number} left @param {number} cell
 * @param {number} value @param {number} largest @param {Palette} palette */
function square(bytes, width, top, left, cell, value, largest, palette) {
  const alpha = Math.round(255 * strength(value, largest));
  const finite = Number.isFinite(value);
  const [red, green, blue] = !finite ? palette.odd : value < 0 ? palette.negative : palette.positive;
  const side = cell >= 8 ? cell - 1 : cell; // a hair of paper between large ones, to count them
  const minus = finite && value < 0 ? minusOf(side) : null;
  for (let y = 0; y < side; y += 1) {
    let at = 4 * ((top + y) * width + left);
    for (let x = 0; x < side; x += 1, at += 4) {
      const cut = minus ? y >= minus.top && y < minus.bottom && x >= minus.left && x < minus.right : !finite && (x + y) % 4 > 1;
      if (cut) continue;
      bytes[at] = red;
      bytes[at + 1] = green;
      bytes[at + 2] = blue;
      bytes[at + 3] = alpha;
    }
  }
}

/** @param {number} side */
function minusOf(side) {
  if (side < 3) return null;
  const thick = Math.max(1, Math.round(side / 6));
  const top = Math.floor((side - thick) / 2);
  const inset = side < 6 ? 0 : Math.round(side / 5);
  return { top, bottom: top + thick, left: inset, right: side - inset };
}

/** An outline around rows and columns, and around each pixel where some lie between them. Lists are sorted.
 * @param {number[]} rows @param {number[]} columns */
export function outline(rows, columns) {
  if (rows.length === 0 || columns.length === 0) return "";
  const box = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h) => `M${x} ${y}h${w}v${h}h${-w}z`;
  const span = (/** @type {number[]} */ list) => list[list.length - 1] - list[0] + 1;
  const whole = box(columns[0], rows[0], span(columns), span(rows));
  if (span(rows) === rows.length && span(columns) === columns.length) return whole;
  return whole + rows.flatMap((row) => columns.map((column) => box(column, row, 1, 1))).join("");
}
