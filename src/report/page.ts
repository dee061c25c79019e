import { html, type Markup, raw } from './html-text.ts';

/**
 * One page that needs nothing else: no script, no font, no picture from elsewhere, and the browser is told to load none.
 * Light and dark, and for a phone's width, too.
 */
export function page(title: string, style: Markup, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${PAGE_STYLE}${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.markup;
}

/** What every page has: colours, text, lists, tables. */
export const PAGE_STYLE = raw(`
:root{color-scheme:light dark;--ink:#1a1d21;--paper:#fff;--dim:#5b6570;--line:#d5dae0;--bar:#2f6fb3;--fail:#b3261e;--warn:#8a5a00;--pass:#1f7a3d;--soft:#f3f5f8}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--paper:#14171a;--dim:#9aa5b1;--line:#333a42;--bar:#6aa5e6;--fail:#ff8a80;--warn:#f0b44c;--pass:#7ad197;--soft:#1d2227}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.2rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin-top:2rem;border-bottom:1px solid var(--line)}h3{font-size:1rem;margin-bottom:0}
ul{padding-left:1.1rem}ol{padding-left:2.4rem}li{margin:.6rem 0;overflow-wrap:anywhere}li p,details p{margin:.2rem 0}
summary{color:var(--dim);cursor:pointer}.dim{color:var(--dim)}p{margin:.4rem 0;overflow-wrap:anywhere}
.chip{display:inline-block;padding:0 .5rem;border:1px solid currentColor;border-radius:.7rem;font-size:.8rem;margin-right:.3rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem}td,th{text-align:left;padding:.15rem .7rem .15rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
@media (max-width:40rem){.wide{display:none}main{padding:.7rem}}
`);
