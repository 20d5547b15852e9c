/** docs/performance.md and its pictures are made of the stored results; those are what they say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { barChart } from '../benchmarks/performance/bar-chart.ts'
import { isReached, kindOf, performanceFiles, written } from '../benchmarks/performance/page.ts'
import { storedResult } from '../benchmarks/performance/results.ts'
import { ROWS } from '../benchmarks/performance/rows.ts'

it.each(Object.entries(performanceFiles()))('docs/%s says what the results say', (path, text) => {
  const file = readFileSync(new URL(`../docs/${path}`, import.meta.url), 'utf8')
  expect(file, 'npx tsx benchmarks/performance.ts write').toBe(text)
})

it('has results and notes of rows only, each with the figures that its targets are about', () => {
  const ids = ROWS.map(({ id }) => id)
  const named = (folder: string) => {
    const path = new URL(`../benchmarks/${folder}`, import.meta.url)
    // Before anything was measured there is no folder.
    return existsSync(path) ? readdirSync(path).map((file) => file.replace(/\.\w+$/, '')) : []
  }
  expect(named('results').filter((id) => !ids.includes(id))).toEqual([])
  expect(named('performance/notes').filter((id) => !ids.includes(id))).toEqual([])
  for (const { id, targets } of ROWS) {
    const result = storedResult(id)
    if (result)
      expect(Object.keys(result.figures)).toEqual(expect.arrayContaining(targets.map(({ figure }) => figure)))
  }
})

it('writes figures in the units of their names', () => {
  expect(kindOf('latencyRatio')).toBe('ratio')
  expect(kindOf('eagerPeakBytes')).toBe('bytes')
  expect(kindOf('oursLatency')).toBe('seconds')
  expect(written(0.1234, 'seconds')).toBe('123 ms')
  expect(written(1.1849, 'seconds')).toBe('1.18 s')
  expect(written(3 * 2 ** 29, 'bytes')).toBe('1.50 GiB')
  expect(written(0.0123, 'points')).toBe('1.23')
})

it('knows whether less or more is better', () => {
  const target = { figure: 'x', words: '', kind: 'ratio' } as const
  expect([0.6, 0.61].map((value) => isReached(value, { ...target, most: 0.6 }))).toEqual([true, false])
  expect([1.6, 1.59].map((value) => isReached(value, { ...target, least: 1.6 }))).toEqual([true, false])
})

it('draws bars as long as their values, and cuts those off that leave the line far behind', () => {
  const bar = (value: number) => ({ label: 'a < b', value, text: `${value}`, isGood: value <= 1 })
  const svg = barChart('title', [bar(0.5), bar(2), bar(9)], { line: 1, lineLabel: 'target' })
  // The longest bar has 440 of 760 pixels from 230 on, and stands for three times the line.
  const ends = [...svg.matchAll(/M230 \d+H([\d.]+)l(\d)/g)].map(([, end, tip]) => [Number(end), Number(tip)])
  expect(ends).toEqual([
    [303.3, 0],
    [523.3, 0],
    [670, 9],
  ])
  expect(svg).toContain('a &lt; b')
})
