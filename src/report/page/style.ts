/** Everything the page looks like; nothing is loaded. */
export const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--ground:#fff;--card:#f6f7f9;--edge:#d5dae0;--link:#1f5fa8;--warn:#a8420f}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#a2abb5;--ground:#14171a;--card:#1d2125;--edge:#383f47;--link:#7fb6ee;--warn:#f0a070}}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:56rem;margin:0 auto;padding:0 1rem}
header{padding-top:2.2rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .3rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 .5rem}
h3{font-size:1rem;margin:1.4rem 0 .4rem;overflow-wrap:anywhere}
.eyebrow{color:var(--soft);font-size:.85rem;letter-spacing:.02em;margin:0 0 .4rem}
.lead{font-size:1.1rem;margin:.2rem 0 1rem;max-width:44rem}
p{max-width:44rem}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--ground);padding:.4rem .8rem;z-index:1}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;list-style:none;margin:0 0 1rem;padding:0;font-size:.92rem}
nav a{display:inline-block;padding:.15rem 0}
.tiles{display:grid;grid-template-columns:repeat(3,1fr);gap:.7rem;margin:0 0 1.2rem;padding:0}
.tile{background:var(--card);border:1px solid var(--edge);border-radius:.5rem;padding:.6rem .8rem;min-width:0}
.tile dt{font-size:.82rem;color:var(--soft);overflow-wrap:anywhere}
.tile dd{margin:0;font-size:1.25rem;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.tile dd small{display:block;font-size:.82rem;font-weight:400;color:var(--soft)}
section{border-top:1px solid var(--edge);padding:1.6rem 0 1.2rem}
figure{margin:0}
figcaption{color:var(--soft);font-size:.92rem;margin:.5rem 0 .6rem;max-width:44rem}
figure svg{display:block;max-width:100%;height:auto;--plot-background:var(--ground);overflow:visible}
.narrow{display:none}
.still{display:none}.motion svg{margin:0 auto}.motion label{font-size:.92rem;color:var(--soft);cursor:pointer}.motion:has(input:checked) *{animation-play-state:paused!important}
@media (prefers-reduced-motion:reduce){.motion{display:none}.still{display:block}}
.notes{border-left:4px solid var(--warn);background:var(--card);padding:.6rem 1rem;margin:0 0 1rem}
.notes p{margin:.2rem 0;overflow-wrap:anywhere}
.empty{background:var(--card);border:1px dashed var(--edge);border-radius:.5rem;padding:1rem;margin:0}
details{margin:.3rem 0}
summary{cursor:pointer;color:var(--link);padding:.25rem 0}
.scroll{overflow:auto;max-height:26rem;border:1px solid var(--edge);border-radius:.3rem;margin:.4rem 0}
table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums}
th,td{padding:.22rem .6rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--edge)}
th{background:var(--card);position:sticky;top:0;font-weight:600}
.words th,.words td{text-align:left;white-space:normal;vertical-align:top;overflow-wrap:break-word}
.words td{max-width:40rem}
.settings{table-layout:fixed}.settings td{overflow-wrap:anywhere}
.words th[scope=row]{position:static;width:8rem}
.compare{width:100%;margin-bottom:1.2rem;font-size:.95rem}.compare th{position:static}.compare th[scope=row]{text-align:left;font-weight:400}.compare th,.compare td{white-space:normal;overflow-wrap:anywhere}
.words{width:100%}
.steps{overflow-wrap:anywhere;font-variant-numeric:tabular-nums;max-height:14rem;overflow:auto;margin:.2rem 0 .8rem}
pre{background:var(--card);border:1px solid var(--edge);border-radius:.3rem;padding:.7rem;overflow:auto;font-size:.82rem;white-space:pre-wrap;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:.88rem;border-top:1px solid var(--edge);padding-top:1rem;padding-bottom:2rem}
@media (max-width:40rem){.tiles{grid-template-columns:1fr 1fr}.wide{display:none}.narrow{display:block}h1{font-size:1.4rem}header{padding-top:1.4rem}
.alerts thead{display:none}.alerts tr{display:block;border-bottom:1px solid var(--edge);padding:.3rem 0}.alerts td{display:inline-block;border:0;padding:.1rem .5rem}.alerts .long{display:block}}
@media print{.motion{display:none}.still{display:block}:root{--ink:#000;--soft:#444;--ground:#fff;--card:#fff;--edge:#bbb;--link:#000;--warn:#a8420f}
body{font-size:11pt}main,header,footer{max-width:none;padding:0}nav,.skip{display:none}.wide{display:block}.narrow{display:none}
section,figure,.tile{break-inside:avoid}details:not([open]){display:none}.scroll,.steps{max-height:none;overflow:visible}h2,h3{break-after:avoid}}
`;
