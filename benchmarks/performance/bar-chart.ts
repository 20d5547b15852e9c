/** Horizontal bars as an SVG picture that is read on light and dark pages. */
import { escaped } from '../../src/report/markup.ts'

export interface Bar {
  readonly label: string
  readonly value: number
  /** What stands at its end. */
  readonly text: string
  readonly isGood: boolean
}

export interface BarChartOptions {
  /** Where a line crosses the bars, and what it says. */
  readonly line?: number
  readonly lineLabel?: string
  readonly unit?: string
}

const WIDTH = 760
const LABELS = 230
const VALUES = 90
const PITCH = 26
const TOP = 52
const COLORS = { good: '#2ca25f', other: '#e4572e' }

/** Bars longer than this many times the line are cut there, and end in a point. */
const LONGEST = 3

export function barChart(
  title: string,
  bars: readonly Bar[],
  { line, lineLabel = '' }: BarChartOptions = {},
): string {
  const largest = Math.max(...bars.map(({ value }) => value), line ?? 0)
  const end = line === undefined ? largest : Math.min(largest, LONGEST * line)
  const x = (value: number) => LABELS + (Math.min(value, end) / end) * (WIDTH - LABELS - VALUES)
  const height = TOP + PITCH * bars.length + 12
  const rows = bars.map(({ label, value, text, isGood }, i) => {
    const y = TOP + PITCH * i
    const [middle, tip] = [y + 9, value > end ? 9 : 0]
    const shape = `M${LABELS} ${y}H${round(x(value))}l${tip} 9l${-tip} 9H${LABELS}z`
    return [
      `<text x="${LABELS - 8}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
      `<path d="${shape}" fill="${isGood ? COLORS.good : COLORS.other}"/>`,
      `<text x="${round(x(value) + tip + 6)}" y="${middle}">${escaped(text)}</text>`,
    ].join('')
  })
  const across =
    line === undefined
      ? ''
      : `<path d="M${round(x(line))} ${TOP - 6}V${height - 8}" stroke="#7f8c8d" stroke-dasharray="4 3"/>` +
        `<text x="${round(x(line))}" y="${TOP - 14}" text-anchor="middle">${escaped(lineLabel)}</text>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#7f8c8d" dominant-baseline="central">
<title>${escaped(title)}</title>
<text x="8" y="16" font-size="14">${escaped(title)}</text>
${rows.join('\n')}
${across}
</svg>
`
}

const round = (value: number) => Number(value.toFixed(1))
