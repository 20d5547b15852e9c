import { describe, expect, it } from 'vitest'
import { NO_GRADIENT } from '../../src/autodiff/rule.ts'
import { ruleTable } from '../../src/autodiff/rule-table.ts'
import { graph } from '../../src/graph/graph.ts'
import { input } from '../../src/graph/value.ts'
import { mul, sqrt } from '../../src/ops/elementwise.ts'
import { CONVOLUTIONS } from './cases-conv.ts'
import { ELEMENTWISE } from './cases-elementwise.ts'
import { INDEXING } from './cases-indexing.ts'
import { LAYOUT } from './cases-layout.ts'
import { LINEAR } from './cases-linear.ts'
import { POOLS } from './cases-pool.ts'
import { RESIZES } from './cases-resize.ts'
import { type GradientCase, worstDeviation } from './gradcheck.ts'

const CASES: Readonly<Record<string, readonly GradientCase[]>> = {
  ...ELEMENTWISE,
  ...LAYOUT,
  ...LINEAR,
  ...INDEXING,
  ...CONVOLUTIONS,
  ...POOLS,
  ...RESIZES,
}

/** Ops whose gradients are tested elsewhere or refused on purpose. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'MultiLevelRoiAlign',
  'MultiLevelRoiPool',
  'RoiAlign',
  'Loop',
  'QuantizeLinear',
  'DequantizeLinear',
])

describe('gradients against central differences', () => {
  for (const [op, cases] of Object.entries(CASES)) {
    it.each(cases.map((problem) => [problem.name, problem] as const))('%s', async (_name, problem) => {
      const { dtype = 'float64', tolerance = dtype === 'float64' ? 1e-6 : 2e-3 } = problem
      const worst = await worstDeviation(problem)
      expect(worst.error, JSON.stringify(worst)).toBeLessThan(tolerance)
    })

    it(`the cases of ${op} contain it`, () => {
      for (const { build, inputs, dtype = 'float64' } of cases) {
        const y = build(inputs.map((spec, i) => input(`x${i}`, dtype, spec.dims ?? spec.shape)))
        expect(graph({ y }).nodes.map((node) => node.op.name)).toContain(op)
      }
    })
  }
})

it('a gradient that is not a number is the worst deviation', async () => {
  // sqrt(x x) has the slope x / |x|; by the chain rule the gradient at 0 is 0.5 / 0 * 0.
  const values = [1, 2, 0, 3, 4, -1, -2, -3]
  const build: GradientCase['build'] = ([x]) => sqrt(mul(x, x))
  const { element, error } = await worstDeviation({ name: '', inputs: [{ shape: [8], values }], build })
  expect({ element, error }).toEqual({ element: 2, error: Number.POSITIVE_INFINITY })
})

it('every op with a rule has a case', () => {
  const ruled = Object.entries(ruleTable).filter(([, rule]) => rule !== NO_GRADIENT)
  const missing = ruled.map(([name]) => name).filter((name) => !(name in CASES) && !ELSEWHERE.has(name))
  expect(missing).toEqual([])
})
