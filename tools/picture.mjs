// Draws the text of a terminal as an SVG picture: vrrpbench demo | node tools/picture.mjs > docs/demo.svg
import { text } from 'node:stream/consumers';

const FONT_SIZE = 13;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.83;
const MARGIN = 18;
const COLUMNS = 120;

const escapeXml = (line) => line.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** Breaks a line between words as a terminal of COLUMNS would have to; what follows is indented as the line is. */
function fold(line) {
  if (line.length <= COLUMNS) return [line];
  const indent = line.match(/^ */)[0];
  const space = line.lastIndexOf(' ', COLUMNS);
  if (space <= indent.length) return [line];
  return [line.slice(0, space), ...fold(`${indent}${line.slice(space + 1)}`)];
}

const lines = (await text(process.stdin)).trimEnd().split('\n').flatMap(fold);
const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * CHARACTER_WIDTH + 2 * MARGIN);
const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
const rows = lines.map(
  (line, index) =>
    `<text x="${MARGIN}" y="${MARGIN + (index + 0.8) * LINE_HEIGHT}" xml:space="preserve">${escapeXml(line)}</text>`,
);
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${FONT_SIZE}">
<rect width="100%" height="100%" rx="8" fill="#16181d"/>
<g fill="#e4e6eb">
${rows.join('\n')}
</g>
</svg>`);
