import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'

const benchmarks = readdirSync('benchmarks').filter((name) => name.endsWith('.ts') && name !== 'usage.ts')

it.each(benchmarks)('%s says how it is called', (name) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', `benchmarks/${name}`], {
    encoding: 'utf8',
  })
  expect(stderr).toMatch(new RegExp(`^Usage: npx tsx benchmarks/${name} [A-Za-z]`))
  expect([status, stdout]).toEqual([2, ''])
})
