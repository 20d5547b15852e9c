import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfigFile } from './config-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('loadConfigFile', () => {
  it.each([
    ['a.json', '{ "steps": 3 }'],
    ['a.js', 'export const config = { steps: 3 }'],
    ['a.mjs', 'export const config = { steps: 3 }'],
    ['a.ts', 'interface Config { readonly steps: number }\nexport const config: Config = { steps: 3 }'],
    ['a.mts', "import { steps } from './steps.ts'\nexport const config = { steps } satisfies object"],
  ])('%s', async (name, content) => {
    write('steps.ts', 'export const steps: number = 3')
    expect(await loadConfigFile(write(name, content))).toEqual({ steps: 3 })
  })

  it.each([
    [
      'empty.ts',
      '',
      /empty\.ts: the file does not export a configuration; expected `export const config = .*`/,
    ],
    [
      'default.mjs',
      'export default {}',
      /default\.mjs: the file does not export a configuration; .*got exports default$/,
    ],
    [
      'broken.ts',
      'export const config = {',
      /broken\.ts: the file cannot be loaded; got .*Expected identifier but found end of file$/,
    ],
    [
      'throws.mjs',
      "throw new Error('two\\nlines')",
      /throws\.mjs: the file cannot be loaded; got two lines$/,
    ],
    [
      'config.yaml',
      'steps: 3',
      /config\.yaml: not a configuration file; expected \.json, \.ts, \.mts, \.js, \.mjs$/,
    ],
    ['config.json', '{', /config\.json: file is not JSON/],
  ])('one line for %s', async (name, content, message) => {
    const { message: told } = (await loadConfigFile(write(name, content)).catch((thrown) => thrown)) as Error
    expect(told).toMatch(message)
    expect(told).not.toContain('\n')
  })

  it('one line for a file that is not there', async () => {
    await expect(loadConfigFile(join(folder, 'none.ts'))).rejects.toThrow(/none\.ts: there is no such file$/)
  })
})
