/** The page of performance, as text, made of the rows, their results and what is written by hand about them. */
import { existsSync, readFileSync } from 'node:fs'
import { type Bar, barChart } from './bar-chart.ts'
import { type Result, storedResult } from './results.ts'
import { type Kind, ROWS, type Row, type Target } from './rows.ts'

interface Measurement {
  readonly row: Row
  readonly result?: Result
}

/** Files of the page by their path in `docs`. */
export function performanceFiles(): Readonly<Record<string, string>> {
  const measurements = ROWS.map((row): Measurement => ({ row, result: storedResult(row.id) }))
  const latencies = latencyBars(measurements)
  return {
    'performance.md': page(measurements, latencies.length > 0),
    'pictures/performance.svg': barChart('Figure as part of its target', measurements.flatMap(targetBars), {
      line: 1,
      lineLabel: 'target',
    }),
    ...(latencies.length > 0 && {
      'pictures/latency.svg': barChart('Mask R-CNN R50-FPN, 800x1088: median latency', latencies, {
        unit: 's',
      }),
    }),
  }
}

function page(measurements: readonly Measurement[], hasLatencies: boolean): string {
  return `# Performance

<!-- Made by \`npx tsx benchmarks/performance.ts write\` of benchmarks/results and benchmarks/performance; change those, not this. -->

${INTRODUCTION}

| what | target | figure | reached | measured |
|---|---|---|---|---|
${measurements.flatMap(tableRows).join('\n')}

![Each figure as part of its target: up to the line it is reached](pictures/performance.svg)

A bar is a figure as part of its target, or a target as part of its figure where more is better: up to the line the target is reached.
${hasLatencies ? '\n![Median latency of Mask R-CNN here and of its peers](pictures/latency.svg)\n' : ''}
${measurements.map(section).join('\n\n')}
`
}

const INTRODUCTION = `What Maskwright promises of speed and memory, and what was measured. Both sides of a comparison run in turns in one run on the same machine, each in processes of its own with the same threads, weights and images; figures are medians unless they say otherwise. \`maskwright bench\` measures any model on any machine, and [benchmarks](benchmarks.md) has what was measured besides.

\`\`\`sh
python3 -m venv peers
peers/bin/pip install -r benchmarks/peers/requirements.txt
npm run build
PYTHON=peers/bin/python NUCLEI=data/nuclei COCO=data/coco-large npx tsx benchmarks/performance.ts run
\`\`\`

measures every row again, \`run ROW\` one of them, and both write this page. The peers have a Python of their own outside the repository (\`torch.compile\` also needs \`g++\`); nothing else needs one.`

function tableRows({ row, result }: Measurement): string[] {
  return row.targets.map((target, i) => {
    const value = result?.figures[target.figure]
    const cells = [
      i === 0 ? `[${row.what}](#${anchor(row)})` : '',
      goal(target),
      value === undefined ? '' : written(value, target.kind),
      value === undefined ? 'not measured' : isReached(value, target) ? 'yes' : '**no**',
      i === 0 && result ? result.date : '',
    ]
    return `| ${cells.join(' | ')} |`
  })
}

function section({ row, result }: Measurement): string {
  const parts = [`## ${row.id}`, `${row.what[0].toUpperCase()}${row.what.slice(1)}.`]
  if (result) {
    parts.push(`\`\`\`sh\n${result.command}\n\`\`\``, figureTable(result))
    if (result.stages) parts.push(stageTable(result.stages))
    parts.push(`${result.peers ? `Beside ${result.peers}. ` : ''}${result.machine}; ${result.date}.`)
  } else parts.push('Not measured yet.')
  const notes = new URL(`notes/${row.id}.md`, import.meta.url)
  if (existsSync(notes)) parts.push(readFileSync(notes, 'utf8').trim())
  return parts.join('\n\n')
}

const anchor = ({ id }: Row) => id

function figureTable({ figures, samples = {} }: Result): string {
  const lines = Object.entries(figures).map(([name, value]) => {
    const single = samples[name]?.map((sample) => written(sample, kindOf(name))).join(', ') ?? ''
    return `| ${spelled(name)} | ${written(value, kindOf(name))} | ${single} |`
  })
  return ['| figure | value | single rounds |', '|---|---|---|', ...lines].join('\n')
}

function stageTable(stages: NonNullable<Result['stages']>): string {
  const all = stages.reduce((sum, { seconds }) => sum + seconds, 0)
  const lines = stages.map(
    ({ stage, seconds }) =>
      `| ${stage} | ${written(seconds, 'seconds')} | ${written(seconds / all, 'share')} |`,
  )
  return ['| stage | time | share |', '|---|---|---|', ...lines].join('\n')
}

/** `latencyRatio` as `latency ratio`; what is written in words stays as it is. */
function spelled(name: string): string {
  if (name.includes(' ')) return name
  return name.replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
}

/** What a figure counts, by the end of its name. */
const ENDINGS: readonly (readonly [RegExp, Kind])[] = [
  [/bytes$/i, 'bytes'],
  [/share$/i, 'share'],
  [/ratio$/i, 'ratio'],
  [/(^ap|ap|loss)$/i, 'points'],
  [/gflops$/i, 'gflops'],
  [/gflop$/i, 'gflop'],
  [/(found|images)$/i, 'count'],
  [/difference$/i, 'number'],
  [/(rate|throughput|perSecond)$/i, 'rate'],
]

export function kindOf(figure: string): Kind {
  return ENDINGS.find(([ending]) => ending.test(figure))?.[1] ?? 'seconds'
}

export function written(value: number, kind: Kind): string {
  switch (kind) {
    case 'ratio':
      return value.toFixed(2)
    case 'share':
      return `${(100 * value).toFixed(0)} %`
    case 'points':
      return `${(100 * value).toFixed(2)}`
    case 'gflops':
      return `${value.toFixed(0)} GFLOP/s`
    case 'gflop':
      return `${value.toFixed(0)} GFLOP`
    case 'count':
      return `${Math.round(value)}`
    case 'number':
      return value.toPrecision(3)
    case 'rate':
      return `${value.toPrecision(3)}/s`
    case 'bytes':
      return value < 2 ** 30 ? `${(value / 2 ** 20).toFixed(0)} MiB` : `${(value / 2 ** 30).toFixed(2)} GiB`
    case 'seconds':
      return value < 1 ? `${Number((1000 * value).toPrecision(3))} ms` : `${value.toPrecision(3)} s`
  }
}

/** The target in words: `at most 0.60 of its median latency`. */
function goal({ words, kind, most, least }: Target): string {
  const bound = most === undefined ? `at least ${written(least!, kind)}` : `at most ${written(most, kind)}`
  return words ? `${bound} ${words}` : bound
}

export function isReached(value: number, { most = Number.POSITIVE_INFINITY, least = 0 }: Target): boolean {
  return value <= most && value >= least
}

function targetBars({ row, result }: Measurement): Bar[] {
  return row.targets.flatMap((target) => {
    const value = result?.figures[target.figure]
    if (value === undefined) return []
    const part = target.most === undefined ? target.least! / value : value / target.most
    const label = row.targets.length > 1 ? `${row.id}, ${spelled(target.figure)}` : row.id
    return [{ label, value: part, text: written(value, target.kind), isGood: isReached(value, target) }]
  })
}

/** Every median latency of the rows that time the same network: names of figures end in latency. */
function latencyBars(measurements: readonly Measurement[]): Bar[] {
  const bars = measurements
    .filter(({ row }) => ['pytorch', 'openvino'].includes(row.id))
    .flatMap(({ row, result }) =>
      Object.entries(result?.figures ?? {})
        .filter(([name]) => /.latency$/i.test(name))
        .map(([name, value]) => {
          const of = spelled(name.slice(0, -'latency'.length)).trim()
          return {
            label: of === 'ours' ? `ours, beside ${row.id}` : of,
            value,
            text: written(value, 'seconds'),
            isGood: of === 'ours',
          }
        }),
    )
  return bars.toSorted((a, b) => a.value - b.value)
}
