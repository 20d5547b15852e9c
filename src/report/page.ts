import { CHART_SCRIPT, type Chart } from './charts.ts'
import { embedded, escaped } from './markup.ts'
import { PAGE_STYLE } from './page-style.ts'

/** uPlot as text, to be put into the page. */
export interface PlotAssets {
  /** Defines the global `uPlot`. */
  readonly script: string
  readonly style: string
  readonly licence: string
}

export interface Page {
  readonly title: string
  /** Markup; everything in it that comes from files or settings went through `escaped`. */
  readonly body: string
  /** What the elements of `chartFigures` in the body show. */
  readonly charts: readonly Chart[]
  readonly assets: PlotAssets
  /** Rules after those all pages share. */
  readonly style?: string
  /** Run after the charts are drawn. */
  readonly scripts?: readonly string[]
}

/** A whole page as text: one file without references to anything outside it, and a policy that forbids any. */
export function htmlPage({ title, body, charts, assets, style = '', scripts = [] }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${assets.style}</style>
<style>${PAGE_STYLE}${style}</style>
</head>
<body>
${body}
<script type="application/json" id="charts">${embedded(charts)}</script>
<script>/*! uPlot, under this licence:
${assets.licence.replaceAll('*/', '* /')}
*/
${assets.script.replaceAll('</script', '<\\/script')}</script>
${[CHART_SCRIPT, ...scripts].map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`
}
