import { CHART_SCRIPT, type Chart } from './charts.ts'
import { embedded, escaped } from './markup.ts'
import { PAGE_STYLE } from './page-style.ts'

/** What any page is made of. */
export interface PageParts {
  readonly title: string
  /** Markup; everything in it that comes from files or settings went through `escaped`. */
  readonly body: string
  readonly styles: readonly string[]
  /** Run once the body is there. */
  readonly scripts: readonly string[]
  /** A policy that stands in the page, for one that is opened from disk. */
  readonly policy?: string
}

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
  const plot = `/*! uPlot, under this licence:
${assets.licence.replaceAll('*/', '* /')}
*/
${assets.script.replaceAll('</script', '<\\/script')}`
  return plainPage({
    title,
    body: `${body}
<script type="application/json" id="charts">${embedded(charts)}</script>`,
    styles: [assets.style, `${PAGE_STYLE}${style}`],
    scripts: [plot, CHART_SCRIPT, ...scripts],
    policy: "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
  })
}

/** A whole page as text, of nothing but what it is given. */
export function plainPage({ title, body, styles, scripts, policy }: PageParts): string {
  const meta = policy ? `\n<meta http-equiv="Content-Security-Policy" content="${policy}">` : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">${meta}
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
${styles.map((style) => `<style>${style}</style>`).join('\n')}
</head>
<body>
${body}
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`
}
