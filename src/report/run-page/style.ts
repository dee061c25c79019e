import { raw } from '../html-text.ts';

/** What the page of a run has beside the style of every page. */
export const RUN_STYLE = raw(`
main{max-width:76rem}
.fail{color:var(--fail)}.warning,.inconclusive{color:var(--warn)}.pass{color:var(--pass)}.skipped,.not-applicable{color:var(--dim)}
button{font:inherit;color:inherit;background:var(--soft);border:1px solid var(--line);border-radius:.4rem;padding:.1rem .6rem;cursor:pointer}
button[aria-pressed=true]{outline:2px solid var(--bar)}button.frame{padding:0 .3rem;margin:0 .15rem .15rem 0;font-size:.8rem}
input[type=search]{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:.4rem;padding:.15rem .5rem;width:14rem;max-width:100%}
.row{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center;margin:.5rem 0}
.scenarios{list-style:none;padding:0}.scenarios>li{border-bottom:1px solid var(--line);margin:0;padding:.3rem 0}
.scenarios>li>details>summary{color:var(--ink)}.inside{padding:.2rem 0 .8rem}
.drawing{position:relative;background:var(--soft);border-radius:4px;touch-action:pan-y}.drawing svg{display:block;width:100%}
.drawing text{fill:var(--ink);font:11px system-ui,sans-serif;paint-order:stroke;stroke:var(--soft);stroke-width:3px}.drawing .dim{fill:var(--dim)}
.lane{stroke:var(--line)}.span-running{fill:var(--line)}.span-active{fill:var(--bar)}.span-frozen{fill:var(--dim);opacity:.5}.span-outage{fill:var(--fail);opacity:.35}.span-hold-up{fill:var(--warn);opacity:.3}
.fault{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 2}.mark{stroke:var(--ink);stroke-width:1;fill:var(--ink);cursor:pointer}.mark.announcement{fill:var(--pass);stroke:var(--pass)}.mark.release{fill:var(--warn);stroke:var(--warn)}
.mark.question,.mark.answer{fill:none}.mark.other{fill:none;stroke:var(--dim)}.mark.broken{fill:var(--fail);stroke:var(--fail);stroke-width:2}.mark.chosen{outline:2px solid var(--bar);stroke-width:3}
.tip{position:absolute;pointer-events:none;background:var(--paper);border:1px solid var(--line);border-radius:4px;padding:.15rem .4rem;font-size:.8rem;max-width:20rem;z-index:1}
.panel{border:1px solid var(--line);border-radius:4px;padding:.4rem .7rem;margin:.5rem 0}.panel table{margin:.2rem 0}.panel td{white-space:normal;overflow-wrap:anywhere}.panel td:first-child{color:var(--dim);white-space:nowrap;overflow-wrap:normal}
.layers{display:grid;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));gap:.3rem 1rem}.layers h4{margin:.3rem 0 0;font-size:.9rem}
pre{overflow-x:auto;font-size:.78rem;margin:.3rem 0}code{overflow-wrap:anywhere;font-size:.85rem}
.key{font-size:.8rem;margin:.3rem 0}.key span{margin-right:.9rem;white-space:nowrap}.key i{display:inline-block;width:.8rem;height:.6rem;margin-right:.3rem;border-radius:2px}
.matrix td.cell{text-align:center}.matrix button{border:0;background:none;padding:0 .3rem}
`);
