// Puts what `vrrpbench failover` wrote as Markdown between the markers of a README: node tools/failover-figures.mjs runs/figures/failover.md
import { readFile, writeFile } from 'node:fs/promises';

const BEGIN = '<!-- failover figures: make figures -->';
const END = '<!-- end of the failover figures -->';

const [figuresPath, readmePath = 'README.md'] = process.argv.slice(2);
if (figuresPath === undefined) {
  console.error('node tools/failover-figures.mjs FAILOVER.MD [README.MD]');
  process.exit(2);
}
const [figures, readme] = await Promise.all([figuresPath, readmePath].map((path) => readFile(path, 'utf8')));
const begin = readme.indexOf(BEGIN);
const end = readme.indexOf(END);
if (begin < 0 || end < begin) {
  console.error(`${readmePath} has no lines '${BEGIN}' and '${END}', in this order`);
  process.exit(2);
}
const head = readme.slice(0, begin + BEGIN.length);
await writeFile(readmePath, `${head}\n\n${figures.trim()}\n\n${readme.slice(end)}`);
