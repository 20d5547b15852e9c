import { escaped } from './markup.ts'

/** A line of a chart: one number (or null) for each x. */
export interface Series {
  readonly label: string
  readonly values: readonly (number | null)[]
  /** Drawn thin and pale, behind the others. */
  readonly faint?: boolean
  /** Drawn dashed and grey, as something to compare with. */
  readonly isReference?: boolean
}

/** What the page draws; plain JSON. */
export interface Chart {
  readonly title: string
  /** What the vertical axis counts, for those who cannot see the chart. */
  readonly about: string
  readonly xLabel: string
  /** Ascending. */
  readonly x: readonly number[]
  readonly series: readonly Series[]
  /** Smallest and largest x and y shown; left to the data where not given. */
  readonly xRange?: readonly [number, number]
  readonly yRange?: readonly [number, number]
}

/** Places for charts, which `CHART_SCRIPT` draws: `first` is the position of the first in the page's list. */
export function chartFigures(charts: readonly Chart[], first = 0): string {
  const figures = charts.map(
    ({ title, about }, i) =>
      `<figure class="chart"><h3>${escaped(title)}</h3><div data-chart="${first + i}" role="img" aria-label="${escaped(about)}"></div></figure>`,
  )
  return `<div class="charts">${figures.join('\n')}</div>`
}

/**
 * Draws every chart of the JSON in #charts into its figure, as wide as the figure is, and again when that changes. Plain
 * script of the page; it knows nothing but uPlot.
 */
export const CHART_SCRIPT = `
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
      scales: { x: { time: false, ...chart.xRange && { range: chart.xRange } }, y: chart.yRange ? { range: chart.yRange } : {} },
      axes: [axis(), { ...axis(), size: 62, values: (_, ticks) => ticks.map(short) }],
      series: [{ label: chart.xLabel, value: (_, value) => short(value) }, ...chart.series.map(({ label, faint, isReference }) => ({
        label, value: (_, value) => short(value), spanGaps: true, dash: isReference ? [5, 5] : undefined,
        stroke: faint ? style('--line') : isReference ? style('--pale') : colors[used++ % colors.length],
        width: faint || isReference ? 1 : 2,
        points: { show: chart.x.length < 40 && !faint && !isReference },
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
