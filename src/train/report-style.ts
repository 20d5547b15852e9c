/** Looks of the report: one column on a phone, two on a wide screen, light or dark as the reader's system is. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --pale: #5b6672; --line: #d9dee4; --paper: #ffffff; --card: #f6f8fa; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --pale: #9aa5b1; --line: #343b44; --paper: #14171b; --card: #1c2127; }
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
.pairs { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1.25rem; }
.pair { margin: 0; min-width: 0; }
.pair > div { display: grid; grid-template-columns: 1fr 1fr; gap: 0.35rem; }
.pair img { display: block; width: 100%; height: auto; border-radius: 0.35rem; image-rendering: auto; }
figcaption { overflow-wrap: anywhere; }
summary { cursor: pointer; }
pre { overflow-x: auto; background: var(--card); border-radius: 0.5rem; padding: 0.75rem; font-size: 0.85rem; }
.u-legend { font-size: 0.85rem; text-align: left; }
.u-legend .u-marker { border-radius: 50%; }
`

/**
 * Draws every chart of the JSON in #charts into its figure, as wide as the figure is, and again when that changes. Plain
 * script of the page; it knows nothing but uPlot.
 */
export const REPORT_SCRIPT = `
(() => {
  const charts = JSON.parse(document.getElementById('charts').textContent)
  const colors = ['#2f7ed8', '#e4572e', '#2ca25f', '#9b59b6', '#c99700', '#17a2b8', '#7f8c8d']
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const short = (value) => value == null ? '–' : Math.abs(value) >= 1e-3 || value === 0 ? String(+value.toPrecision(4)) : value.toExponential(2)
  const axis = () => ({ stroke: style('--pale'), grid: { stroke: style('--line'), width: 1 }, ticks: { stroke: style('--line'), width: 1 } })
  const options = (chart, width) => {
    let used = 0
    return {
      width, height: 260,
      scales: { x: { time: false }, y: chart.top === undefined ? {} : { range: [0, chart.top] } },
      axes: [axis(), { ...axis(), size: 62, values: (_, ticks) => ticks.map(short) }],
      series: [{ label: 'step' }, ...chart.series.map(({ label, faint }) => ({
        label, value: (_, value) => short(value), spanGaps: true,
        stroke: faint ? style('--line') : colors[used++ % colors.length], width: faint ? 1 : 2,
        points: { show: chart.x.length < 40 && !faint },
      }))],
    }
  }
  for (const place of document.querySelectorAll('[data-chart]')) {
    const chart = charts[Number(place.dataset.chart)]
    const data = [chart.x, ...chart.series.map(({ values }) => values)]
    let plot
    const draw = () => {
      plot?.destroy()
      plot = new uPlot(options(chart, Math.max(200, place.clientWidth)), data, place)
    }
    draw()
    new ResizeObserver(() => {
      const width = Math.max(200, place.clientWidth)
      if (width !== plot.width) plot.setSize({ width, height: 260 })
    }).observe(place)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
  }
})()
`
