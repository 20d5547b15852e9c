/** Figures of a server in the text format of Prometheus (exposition format 0.0.4). */

export type Labels = Readonly<Record<string, string>>

export interface Metrics {
  /** Adds to a counter. */
  count(name: string, labels?: Labels, by?: number): void
  /** Puts a number of seconds into a histogram. */
  observe(name: string, seconds: number, labels?: Labels): void
  /** What is known so far; gauges are asked for their numbers. */
  text(): string
}

/** A metric: its type, what it says, and of a gauge how its numbers are had. */
export type Definition =
  | { readonly kind: 'counter' | 'histogram'; readonly help: string }
  | {
      readonly kind: 'gauge'
      readonly help: string
      readonly read: () => readonly (readonly [Labels, number])[]
    }

/** Upper bounds of the parts of a histogram, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

interface Histogram {
  readonly parts: number[]
  sum: number
  count: number
}

/** Throws `RangeError` for a name that is not among the definitions. */
export function metrics(definitions: Readonly<Record<string, Definition>>): Metrics {
  const counters = new Map<string, Map<string, number>>()
  const histograms = new Map<string, Map<string, Histogram>>()
  for (const [name, { kind }] of Object.entries(definitions)) {
    if (kind === 'counter') counters.set(name, new Map())
    if (kind === 'histogram') histograms.set(name, new Map())
  }
  const seriesOf = <T>(kinds: Map<string, Map<string, T>>, name: string) => {
    const series = kinds.get(name)
    if (!series) throw new RangeError(`there is no metric ${name} of this kind`)
    return series
  }
  const linesOf = (name: string, definition: Definition): string[] => {
    if (definition.kind === 'gauge') {
      return definition
        .read()
        .map(([labels, value]) => `${name}${braced(labelText(labels))} ${numberText(value)}`)
    }
    if (definition.kind === 'counter') {
      return [...seriesOf(counters, name)].map(([labels, value]) => `${name}${braced(labels)} ${value}`)
    }
    return [...seriesOf(histograms, name)].flatMap(([labels, histogram]) =>
      histogramLines(name, labels, histogram),
    )
  }
  return {
    count: (name, labels = {}, by = 1) => {
      const series = seriesOf(counters, name)
      const key = labelText(labels)
      series.set(key, (series.get(key) ?? 0) + by)
    },
    observe: (name, seconds, labels = {}) => {
      const series = seriesOf(histograms, name)
      const key = labelText(labels)
      const histogram = series.get(key) ?? { parts: BOUNDS.map(() => 0), sum: 0, count: 0 }
      series.set(key, histogram)
      for (const [i, bound] of BOUNDS.entries()) if (seconds <= bound) histogram.parts[i]++
      histogram.sum += seconds
      histogram.count++
    },
    text: () =>
      Object.entries(definitions)
        .flatMap(([name, definition]) => [
          `# HELP ${name} ${definition.help}`,
          `# TYPE ${name} ${definition.kind}`,
          ...linesOf(name, definition),
        ])
        .map((line) => `${line}\n`)
        .join(''),
  }
}

function histogramLines(name: string, labels: string, { parts, sum, count }: Histogram): string[] {
  const bucket = (bound: string) => braced([labels, `le="${bound}"`].filter((part) => part !== '').join(','))
  return [
    ...BOUNDS.map((bound, i) => `${name}_bucket${bucket(`${bound}`)} ${parts[i]}`),
    `${name}_bucket${bucket('+Inf')} ${count}`,
    `${name}_sum${braced(labels)} ${sum}`,
    `${name}_count${braced(labels)} ${count}`,
  ]
}

/** As the format has numbers. */
function numberText(value: number): string {
  return `${value}`.replace('Infinity', 'Inf').replace(/^Inf/, '+Inf')
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
    .join(',')
}
