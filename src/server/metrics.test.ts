import { expect, it } from 'vitest'
import { metrics } from './metrics.ts'

it('writes counters, gauges and histograms as Prometheus reads them', () => {
  const figures = metrics({
    calls_total: { kind: 'counter', help: 'Calls.' },
    depth: { kind: 'gauge', help: 'Depth.', read: () => [[{}, 3]] },
    took_seconds: { kind: 'histogram', help: 'Seconds.' },
  })
  figures.count('calls_total', { route: '/a"\\\n' })
  figures.count('calls_total', { route: '/a"\\\n' }, 2)
  figures.observe('took_seconds', 0.02, { route: '/b' })
  figures.observe('took_seconds', 0.1, { route: '/b' })
  figures.observe('took_seconds', 99, { route: '/b' })
  const lines = figures.text().split('\n')
  expect(lines.slice(0, 6)).toEqual([
    '# HELP calls_total Calls.',
    '# TYPE calls_total counter',
    'calls_total{route="/a\\"\\\\\\n"} 3',
    '# HELP depth Depth.',
    '# TYPE depth gauge',
    'depth 3',
  ])
  const bucket = (bound: string) =>
    lines.find((line) => line.startsWith(`took_seconds_bucket{route="/b",le="${bound}"}`))?.split(' ')[1]
  // 0.1 lies within the bound 0.1; parts count all below.
  expect(['0.01', '0.025', '0.05', '0.1', '60', '+Inf'].map(bucket)).toEqual(['0', '1', '1', '2', '2', '3'])
  expect(lines).toContain('took_seconds_count{route="/b"} 3')
  expect(lines.find((line) => line.startsWith('took_seconds_sum'))).toMatch(/ 99\.1[12]\d*$/)
  expect(lines.at(-1)).toBe('')
})

it('writes what has no end as the format has it', () => {
  const read = (value: number) => () => [[{}, value] as const]
  const figures = metrics({
    left: { kind: 'gauge', help: 'Left.', read: read(Number.POSITIVE_INFINITY) },
    low: { kind: 'gauge', help: 'Low.', read: read(Number.NEGATIVE_INFINITY) },
  })
  expect(figures.text()).toContain('left +Inf\n')
  expect(figures.text()).toContain('low -Inf\n')
})

it('knows no others', () => {
  expect(() => metrics({}).count('calls_total')).toThrow('calls_total')
})
