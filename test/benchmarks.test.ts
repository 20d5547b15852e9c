import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const benchmarks = readdirSync('benchmarks')
  .filter((name) => name.endsWith('.ts') && name !== 'usage.ts')
  .map((name) => name.slice(0, -'.ts'.length))
const before = process.argv
const said: string[] = []

// In one process, which loads once what they share; one that began would go on past the end that is thrown here.
beforeEach(() => {
  said.length = 0
  process.argv = before.slice(0, 2)
  vi.spyOn(console, 'error').mockImplementation((text) => said.push(`err ${text}`))
  vi.spyOn(console, 'log').mockImplementation((text) => said.push(`out ${text}`))
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`ended with ${code}`)
  })
})
afterEach(() => {
  process.argv = before
  vi.restoreAllMocks()
})

it.each(benchmarks)('%s.ts says how it is called, and does nothing else', async (name) => {
  await expect(import(`../benchmarks/${name}.ts`)).rejects.toThrow('ended with 2')
  expect(said).toHaveLength(1)
  expect(said[0]).toMatch(new RegExp(`^err Usage: npx tsx benchmarks/${name}.ts [A-Za-z]`))
})
