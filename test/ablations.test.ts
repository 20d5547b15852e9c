import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Run } from '../benchmarks/ablations/runs.ts'
import { withTable } from '../benchmarks/ablations/table.ts'

const PAGE = readFileSync('docs/benchmarks.md', 'utf8')

function runs(variant: string, figures: readonly number[]): Run[] {
  return figures.map((AP, seed) => {
    const mask = { AP, AP50: AP, AP75: AP / 2 }
    const rest = { settings: '', parameters: 1, step: 0.5, box: mask, date: '2026-11-28' }
    return { variant, seed, mask, ...rest }
  })
}

function rowOf(name: string, given: readonly Run[]): string[] {
  const line = withTable(PAGE, given)
    .split('\n')
    .find((line) => line.startsWith(`| ${name}`))
  return line!.split('|').map((cell) => cell.trim())
}

it('the table in the documentation is that of the recorded runs', () => {
  const recorded = JSON.parse(readFileSync('benchmarks/ablations/runs.json', 'utf8')).runs
  expect(withTable(PAGE, recorded)).toBe(PAGE)
})

it('says that one side is better where every seed says so by about as much', () => {
  // Differences 0.1, 0.12, 0.11: mean 0.11, deviation 0.01. Seeds of one side deviate by 0.1.
  const both = [...runs('mask-rcnn', [0.3, 0.42, 0.51]), ...runs('roi-pool', [0.2, 0.3, 0.4])]
  const [, , , difference, , half, , verdict] = rowOf('RoIAlign', both)
  expect([difference, half, verdict]).toEqual(['+0.110 ± 0.010', '+0.055 ± 0.005', '**better**'])
})

it('says that there is no difference where seeds do not agree', () => {
  // Differences 0.1, -0.06, 0.11: mean 0.05, deviation 0.0954.
  const both = [...runs('mask-rcnn', [0.3, 0.24, 0.51]), ...runs('roi-pool', [0.2, 0.3, 0.4])]
  const [, , figures, difference, , , , verdict] = rowOf('RoIAlign', both)
  expect([figures, difference, verdict]).toEqual([
    '0.350 ± 0.142, or 0.300 ± 0.100',
    '+0.050 ± 0.095',
    'no difference',
  ])
})

it('does not trust a difference of less than twice its spread', () => {
  // Differences -0.02, -0.06, -0.01: mean -0.03, deviation 0.0265.
  const both = [...runs('mask-rcnn', [0.18, 0.24, 0.39]), ...runs('roi-pool', [0.2, 0.3, 0.4])]
  const [, , , difference, , , , verdict] = rowOf('RoIAlign', both)
  expect([difference, verdict]).toEqual(['−0.030 ± 0.026', 'perhaps worse'])
})

it('compares the same masks ranked by their scores and by those of their classes', () => {
  const scored = runs('mask-scoring', [0.1, 0.1, 0.1]).map((run) => ({
    ...run,
    maskByClass: { AP: 0.2, AP50: 0.2, AP75: 0.2 },
  }))
  const [, , figures, difference] = rowOf('masks ranked by mask score', scored)
  expect([figures, difference]).toEqual(['0.100 ± 0.000, or 0.200 ± 0.000', '−0.100 ± 0.000'])
})

it('leaves out what fewer than three seeds were run of', () => {
  const page = withTable(PAGE, [...runs('mask-rcnn', [0.3, 0.4, 0.5]), ...runs('roi-pool', [0.2, 0.3])])
  expect(page).not.toContain('| RoIAlign')
})
