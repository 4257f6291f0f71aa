//! Colours and lines, for light and dark screens. Plain rules, as simple viewers do not know variables.

/// Of everything that is drawn.
pub(super) const DRAWN: &str = "\
.tl text{font:11px ui-sans-serif,system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1b1f24}
.tl .t{fill:#6a737d;font-size:10px;text-anchor:end}
.tl .e{text-anchor:end}
.tl .mid{text-anchor:middle}
.tl .halo{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
.tl .title{font-size:17px;font-weight:600}
.tl .name{font-size:13px;font-weight:600}
.tl .small{font-size:10px;fill:#6a737d}
.tl .page{fill:#fff}
.tl .band{fill:#e9eef6}
.tl .step{font-weight:600;paint-order:stroke;stroke:#e9eef6;stroke-width:3px;stroke-linejoin:round}
.tl .end{font-weight:600}
.tl .break{stroke:#6a737d;stroke-width:1.3;fill:none}
.tl .over{fill:#4a5560}
.tl .quiet{fill:#f3f4f6}
.tl .quiet-text{fill:#6a737d;font-style:italic}
.tl .lane{stroke:#57606a;stroke-width:1.6}
.tl .lane-off{stroke:#aab2bb;stroke-width:1.2;stroke-dasharray:2 5}
.tl .request{stroke:#0969da;fill:#0969da}
.tl .response{stroke:#1a7f37;fill:#1a7f37}
.tl .ack{stroke:#a3abb5;fill:#a3abb5}
.tl .nack{stroke:#d1242f;fill:#d1242f}
.tl line.one{stroke-width:1.1}
.tl line.many{stroke-width:3}
.tl line.lost{stroke-dasharray:4 3}
.tl line.late{stroke-dasharray:9 3}
.tl line.way{stroke-dasharray:2 2}
.tl .miss{stroke:#d1242f;stroke-width:1.8;fill:none}
.tl .down{fill:#24292f}
.tl .paused{fill:#8250df}
.tl .cut{fill:#d1242f}
.tl .oneway{fill:#ffd7d5;stroke:#d1242f;stroke-width:1.2}
.tl .link{fill:#fb8f44}
.tl .disk{fill:#9a6700}
.tl .clock{fill:#bf3989}
.tl .api{fill:#0550ae}
.tl .frozen{fill:#54aeff}
.tl .beside{fill:#6e7781}
.tl .good{fill:#1a7f37}
.tl .bad{fill:#d1242f}
.tl .plain{fill:#57606a}
.tl .asked{fill:#0550ae}
.tl .held{fill:#8c959f}
.tl .broken{fill:#ffebe9;stroke:#d1242f;stroke-width:1.5}
.tl .ring{fill:none;stroke:#d1242f;stroke-width:3}
.tl .broken-text{fill:#a40e26;font-weight:600;font-size:12px}
.tl .passed{fill:#dafbe1;stroke:#1a7f37}
@media (prefers-color-scheme:dark){
.tl text{fill:#e6edf3}
.tl .t,.tl .small,.tl .quiet-text{fill:#8b949e}
.tl .halo{stroke:#0d1117}
.tl .page{fill:#0d1117}
.tl .band{fill:#1c2636}
.tl .step{stroke:#1c2636}
.tl .over{fill:#b1bac4}
.tl .quiet{fill:#161b22}
.tl .lane{stroke:#9ea7b3}
.tl .lane-off{stroke:#484f58}
.tl .request{stroke:#58a6ff;fill:#58a6ff}
.tl .response{stroke:#3fb950;fill:#3fb950}
.tl .ack{stroke:#6e7681;fill:#6e7681}
.tl .nack,.tl .miss{stroke:#ff7b72}
.tl .nack{fill:#ff7b72}
.tl .miss{fill:none}
.tl .down{fill:#f0f6fc}
.tl .paused{fill:#a371f7}
.tl .cut{fill:#f85149}
.tl .oneway{fill:#67060c;stroke:#f85149}
.tl .disk{fill:#d29922}
.tl .clock{fill:#f778ba}
.tl .api{fill:#388bfd}
.tl .beside{fill:#8b949e}
.tl .good{fill:#3fb950}
.tl .bad{fill:#f85149}
.tl .plain{fill:#b1bac4}
.tl .asked{fill:#79c0ff}
.tl .held{fill:#6e7681}
.tl .broken{fill:#490202;stroke:#f85149}
.tl .ring{stroke:#f85149}
.tl .broken-text{fill:#ffa198}
.tl .passed{fill:#033a16;stroke:#3fb950}
}
";

/// Of the page around it.
pub(super) const PAGE: &str = "\
:root{color-scheme:light dark}
body{margin:0;background:#fff;color:#1b1f24;font:14px/1.45 ui-sans-serif,system-ui,'Segoe UI',Helvetica,Arial,sans-serif}
main{margin:0 auto;padding:16px}
h1{font-size:20px;margin:0 0 4px}
p{margin:4px 0}
.run,.notes{color:#57606a}
.notes{margin:8px 0;padding-left:20px;font-size:12px}
.verdict{padding:8px 12px;border-left:4px solid #1a7f37;background:#dafbe1;margin:10px 0;overflow-wrap:anywhere}
.verdict.failed{border-color:#d1242f;background:#ffebe9}
code{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
svg{display:block;width:100%;height:auto}
.names{position:sticky;top:0;background:#fff;border-bottom:1px solid #d0d7de;z-index:1}
@media (prefers-color-scheme:dark){
body,.names{background:#0d1117;color:#e6edf3}
.names{border-color:#30363d}
.run,.notes{color:#8b949e}
.verdict{background:#033a16;border-color:#3fb950}
.verdict.failed{background:#490202;border-color:#f85149}
}
";
