/** Every sample of docs/coco.md is run, one after the other as one program, and must give what its comments say. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(join(root, 'docs/coco.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'maskwright-docs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const samples = (language: string) =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((block) => block[1] === language)
    .map((block) => block[2])

/** `value // => expected` becomes a check; expectations are JavaScript, compared deeply. */
const withChecks = (sample: string) =>
  sample.replace(
    /^(.+?) +\/\/ => (.+)$/gm,
    (_, value: string, expected: string) => `checkedSamples.push([() => (${value}), () => (${expected})])`,
  )

it('holds what it says', () => {
  const [annotations, results] = samples('json')
  writeFileSync(join(folder, 'annotations.json'), annotations)
  writeFileSync(join(folder, 'results.json'), results)
  const code = samples('ts').map(withChecks)
  const checks = code.join('').match(/checkedSamples\.push/g)?.length
  // Pushed as they come and run at the end, so that a line is named by its own text.
  const program = [
    "import { isDeepStrictEqual, inspect } from 'node:util'",
    'const checkedSamples: [() => unknown, () => unknown][] = []',
    ...code,
    'for (const [value, expected] of checkedSamples) {',
    '  if (isDeepStrictEqual(value(), expected())) continue',
    "  throw new Error(value + ': ' + inspect(value()) + ' and not ' + inspect(expected()))",
    '}',
    'console.log(checkedSamples.length)',
  ].join('\n')
  const outfile = join(folder, 'samples.mjs')
  buildSync({
    stdin: { contents: program, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    alias: { 'maskwright/coco': join(root, 'src/coco.ts') },
    outfile,
    logLevel: 'silent',
  })
  const output = execFileSync(process.execPath, [outfile], { cwd: folder, encoding: 'utf8' })
  expect(Number(output)).toBe(checks)
  expect(checks).toBeGreaterThan(30)
})

it('names only what maskwright/coco exports', async () => {
  const exported = Object.keys(await import('../src/coco.ts'))
  // In the tables, the right column: `name(` or `name`.
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const called = rows.flatMap((row) =>
    [
      ...row
        .split('|')
        .slice(2)
        .join('|')
        .matchAll(/`(\w+)\(/g),
    ].map((match) => match[1]),
  )
  expect(called.length).toBeGreaterThan(20)
  expect(called.filter((name) => !exported.includes(name))).toEqual([])
})
