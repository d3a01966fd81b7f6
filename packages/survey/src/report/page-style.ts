/** The one style sheet of the reports: system fonts, dark on white, prints without its controls. */
export const pageStyle = `
:root{--ink:#1f2933;--muted:#616e7c;--line:#e3e7eb;--soft:#f5f7f9;--blue:#0072b2;--bad:#b3400a;--badsoft:#fdf1e9}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
body{margin:0;font:15px/1.5 system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif;color:var(--ink);background:#fff}
header.top,main,footer{max-width:1160px;margin:0 auto;padding:0 28px}
header.top{padding-top:34px}
.brand{margin:0;font-size:12px;font-weight:700;letter-spacing:.14em;text-transform:uppercase;color:var(--blue)}
h1{margin:2px 0 2px;font-size:28px;line-height:1.25;letter-spacing:-.01em;overflow-wrap:anywhere}
.subtitle{margin:0 0 20px;max-width:none;color:var(--muted)}
h2{margin:0 0 14px;font-size:19px;letter-spacing:-.005em}
h2 small{margin-left:8px;font-size:13px;font-weight:400;color:var(--muted);letter-spacing:0}
h3{margin:0 0 6px;font-size:14px}
p{margin:0 0 10px;max-width:78ch}
a{color:var(--blue);text-decoration:none}
a:hover{text-decoration:underline}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.88em;overflow-wrap:anywhere}
section{padding:28px 0 8px;border-top:1px solid var(--line);margin-top:22px}
nav{display:flex;flex-wrap:wrap;gap:4px 20px;padding:14px 0 0;font-size:14px}
footer{padding-top:22px;padding-bottom:44px;margin-top:24px;color:var(--muted);font-size:13px}
.muted{color:var(--muted)}
.banner{padding:10px 14px;margin:0 0 18px;border-left:4px solid #e69f00;background:#fff8e6;border-radius:0 6px 6px 0;max-width:none}
.tiles{display:flex;flex-wrap:wrap;gap:10px;margin:0}
.tiles div{flex:1 1 128px;padding:11px 15px 12px;background:var(--soft);border-radius:8px}
.tiles .bad{background:var(--badsoft)}
.tiles dt{font-size:12.5px;color:var(--muted)}
.tiles dd{margin:0;font-size:25px;font-weight:650;line-height:1.25;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tiles .bad dd{color:var(--bad)}
.tiles dd.note{font-size:12.5px;font-weight:400;color:var(--muted);letter-spacing:0}
.first{margin:0;padding:0;list-style:none;counter-reset:n}
.first li{display:flex;gap:14px;padding:9px 0;border-bottom:1px solid var(--line)}
.first li:last-child{border-bottom:0}
.first li::before{counter-increment:n;content:counter(n);flex:none;width:24px;height:24px;border-radius:50%;background:var(--ink);color:#fff;font-size:13px;font-weight:600;line-height:24px;text-align:center}
.first strong{font-weight:650}
.first .muted{font-size:13.5px}
.legend{display:flex;flex-wrap:wrap;align-items:center;gap:6px 18px;margin:0 0 16px;font-size:13px;color:var(--muted)}
.legend svg{vertical-align:-3px;margin-right:6px}
.swatch{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:7px;vertical-align:-1px;flex:none}
.maps{display:grid;grid-template-columns:repeat(auto-fill,minmax(196px,1fr));gap:22px 20px}
.maps figure{margin:0;min-width:0}
.maps svg{display:block;width:100%;height:auto}
.maps figcaption{margin-top:6px;font-size:13px;line-height:1.35}
.maps .name{display:block;font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.found{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:2px 28px;margin:0 0 4px}
.found div{display:flex;align-items:center;padding:3px 0;font-size:14px}
.found b{margin-left:auto;font-variant-numeric:tabular-nums}
.controls{display:flex;flex-wrap:wrap;align-items:center;gap:8px 20px;margin:0 0 16px;font-size:14px}
.controls label{display:inline-flex;align-items:center;gap:7px;cursor:pointer}
.controls input[type=search]{width:260px;padding:6px 10px;font:inherit;border:1px solid #cbd2d9;border-radius:6px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,500px),1fr));gap:18px}
.card{display:flex;gap:18px;padding:14px;border:1px solid var(--line);border-radius:10px;min-width:0;break-inside:avoid}
.card:target{border-color:var(--blue);box-shadow:0 0 0 2px #0072b233}
.picture{flex:none;position:relative;width:158px;align-self:flex-start;padding:0;border:0;background:#0d1117;cursor:zoom-in;line-height:0;border-radius:4px;overflow:hidden}
.picture.square{width:200px}
.picture.large{width:min(100%,420px);cursor:zoom-out}
.picture img{width:100%;height:auto;image-rendering:auto}
.picture img+img{position:absolute;inset:0;height:100%;image-rendering:pixelated}
.nomask .picture img+img{display:none}
.nopicture{flex:none;width:158px;min-height:120px;display:grid;place-items:center;background:var(--soft);color:var(--muted);font-size:13px;border-radius:4px;text-align:center}
.card .facts{flex:1;min-width:0}
.card:has(.large){flex-wrap:wrap;grid-column:span 1}
.card h3{display:flex;align-items:baseline;gap:8px;margin:0;font-size:15px}
.card h3 .ccd{font-weight:700}
.card h3 .exposure{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-weight:400;color:var(--muted)}
.verdict{display:flex;align-items:center;gap:10px;margin:1px 0 8px;font-size:14px}
.verdict b{font-size:20px;font-weight:650;font-variant-numeric:tabular-nums}
.badge{display:inline-block;padding:1px 8px;border-radius:999px;font-size:12px;font-weight:600;background:var(--soft);color:var(--muted)}
.badge.mask{background:#e3f0f8;color:#005a8d}.badge.review{background:#fff3d6;color:#8a5a00}.badge.reject{background:var(--badsoft);color:var(--bad)}
.bars{display:grid;grid-template-columns:minmax(80px,auto) 1fr 40px;gap:3px 9px;align-items:center;margin:0 0 9px;font-size:13px}
.bars .bar{height:8px;border-radius:2px;background:var(--soft)}
.bars .bar i{display:block;height:8px;border-radius:2px;min-width:1px}
.bars .n{text-align:right;font-variant-numeric:tabular-nums;color:var(--muted)}
.findings{margin:0 0 9px;padding:0;list-style:none;font-size:13px;font-variant-numeric:tabular-nums}
.findings li{padding:1px 0}
.quality{margin:0;font-size:12.5px;color:var(--muted);font-variant-numeric:tabular-nums}
.file{margin:4px 0 0;font-size:12px;color:var(--muted);overflow-wrap:anywhere;line-height:1.35}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:26px 34px}
.plot{margin:0;min-width:0;break-inside:avoid}
.plot.wide{grid-column:1/-1}
.plot svg{max-width:100%;height:auto;overflow:visible}
.plot figcaption{font-size:13px;color:var(--muted);max-width:70ch}
.tablewrap{overflow-x:auto;margin:0 0 10px}
table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums}
table.full{width:100%}
th,td{padding:5px 11px 5px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);white-space:nowrap}
td.wrap{white-space:normal;overflow-wrap:anywhere;min-width:17ch;font-size:12.5px;color:var(--muted);line-height:1.35}
th{font-size:12.5px;font-weight:600;color:var(--muted);vertical-align:bottom}
th.num,td.num{text-align:right}
th button{all:unset;cursor:pointer;font:inherit}
th button:hover,th button:focus-visible{color:var(--blue);text-decoration:underline}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
tr.flag td:first-child{box-shadow:inset 3px 0 0 var(--bad)}
tr.flag td:first-child,tr td:first-child,tr th:first-child{padding-left:10px}
tr.baseline td{color:var(--muted);font-style:italic}
.pager{display:flex;align-items:center;gap:12px;font-size:13.5px;color:var(--muted)}
.pager button{padding:4px 12px;font:inherit;color:var(--ink);background:#fff;border:1px solid #cbd2d9;border-radius:6px;cursor:pointer}
.pager button:disabled{opacity:.4;cursor:default}
.pairs{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 22px;margin:0 0 16px;font-size:14px}
.pairs dt{color:var(--muted)}.pairs dd{margin:0;overflow-wrap:anywhere}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:8px 40px}
.split{display:grid;grid-template-columns:minmax(0,1.45fr) minmax(0,1fr);gap:8px 40px}
.group{margin:18px 0 8px}
.objects{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,500px),1fr));gap:14px 18px}
.object{padding:11px 14px 12px;border:1px solid var(--line);border-radius:10px;min-width:0;break-inside:avoid}
.object h4{margin:0;font-size:14px;overflow-wrap:anywhere}
.object h4 .muted{font-weight:400;font-size:13px}
.strip{display:block;width:100%;height:auto;margin:4px 0 6px;overflow:visible}
.stamps{display:grid;grid-template-columns:repeat(auto-fill,minmax(72px,1fr));gap:6px}
.stamps.wide{grid-template-columns:repeat(auto-fill,minmax(150px,1fr))}
.stamp{padding:4px 6px;border:2px solid var(--soft);background:var(--soft);border-radius:5px;font-size:12px;line-height:1.35;font-variant-numeric:tabular-nums;color:var(--muted);overflow:hidden}
.stamp.odd{border-color:#d55e00}
.stamp img{display:block;width:100%;height:auto;margin:0 0 3px;image-rendering:pixelated}
.stamp b{color:var(--ink)}
.stamp span{display:block;white-space:nowrap}
@media (max-width:900px){.split{grid-template-columns:minmax(0,1fr)}}
.heat td.cell{text-align:center;padding:4px 6px;min-width:38px;border:1px solid #fff}
.heat th.col{writing-mode:vertical-rl;transform:rotate(180deg);text-align:left;padding:4px 2px;font-weight:400}
@media print{
body{font-size:11pt}nav,.controls,.pager button{display:none}section{break-inside:auto}.picture{cursor:auto}a{color:inherit}
header.top,main,footer{max-width:none;padding-left:0;padding-right:0}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}`;
