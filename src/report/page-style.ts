/** Looks of all pages: one column on a phone, two on a wide screen, light or dark as the reader's system is. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --pale: #5b6672; --line: #d9dee4; --paper: #ffffff; --card: #f6f8fa; --accent: #2f7ed8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --pale: #9aa5b1; --line: #343b44; --paper: #14171b; --card: #1c2127; --accent: #5aa2ee; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0.5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.75rem; }
h3 { font-size: 1rem; margin: 0 0 0.25rem; }
p { margin: 0.5rem 0; max-width: 45rem; }
.pale, figcaption { color: var(--pale); font-size: 0.9rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.5rem; margin: 1rem 0; }
dl > div { background: var(--card); border-radius: 0.5rem; padding: 0.6rem 0.8rem; }
dt { color: var(--pale); font-size: 0.85rem; }
dd { margin: 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem; }
.chart { background: var(--card); border-radius: 0.5rem; padding: 0.75rem; margin: 0; min-width: 0; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.75rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
.table th:first-child, .table td:first-child { position: sticky; left: 0; background: var(--paper); }
figcaption { overflow-wrap: anywhere; }
summary { cursor: pointer; }
pre { overflow-x: auto; background: var(--card); border-radius: 0.5rem; padding: 0.75rem; font-size: 0.85rem; }
.u-legend { font-size: 0.85rem; text-align: left; max-width: 100%; }
.u-legend th, .u-legend td { white-space: normal; overflow-wrap: anywhere; }
.u-legend .u-marker { border-radius: 50%; }
`
