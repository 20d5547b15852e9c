import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { accessTokens, tokenCheck } from './access-tokens.ts'

const [one, two, three] = ['a'.repeat(16), 'b'.repeat(20), 'c'.repeat(32)]
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-tokens-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

it('takes tokens from all places', async () => {
  const file = join(folder, 'tokens')
  writeFileSync(file, `${two}\n\n`)
  vi.stubEnv('MASKWRIGHT_TOKEN', `${three}, ${one}`)
  expect(await accessTokens({ tokens: [one], file })).toEqual([one, two, three, one])
})

it('refuses what is no token and does not tell it', async () => {
  const secret = 'short'
  const error = await accessTokens({ tokens: [secret] }).catch((error) => error)
  expect(error.message).toContain('--token: the token cannot be used')
  expect(error.message).not.toContain(secret)
  vi.stubEnv('MASKWRIGHT_TOKEN', 'with a space')
  await expect(accessTokens({})).rejects.toThrow('MASKWRIGHT_TOKEN')
})

it('knows its tokens and no others', () => {
  const isKnown = tokenCheck([one, two])
  expect([one, two, three, '', `${one} `, one.slice(1)].map(isKnown)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})
