import { expect, it } from 'vitest'
import { PUBLISHED } from './published-table.ts'
import { DIGEST_DIGITS, fileNameOf } from './published-weights.ts'

const unique = (texts: readonly string[]) => expect(new Set(texts).size).toBe(texts.length)

it('has every name and address once', () => {
  unique(PUBLISHED.map(({ name }) => name))
  unique(PUBLISHED.map(({ url }) => url))
  // By the names of files that say what they are `weights import` knows them.
  unique(PUBLISHED.filter(({ digest }) => digest).map(fileNameOf))
})

it.each(PUBLISHED)('$name is what its address says', ({ name, url, digest, publisher, figures, licence }) => {
  expect(new URL(url).protocol).toBe('https:')
  expect(name).toMatch(/^[\w.]+$/)
  // Publishers name files by the first digits of their digests.
  const [, stated] = /[-_]([0-9a-f]{6}|[0-9a-f]{8})\.(?:pth|pkl)$/.exec(url) ?? []
  expect(licence.isRestricted ?? false).toBe(publisher === 'centermask2')
  if (stated === undefined || publisher === 'centermask2') {
    expect([digest, ['centermask2', 'timm'].includes(publisher)]).toEqual([undefined, true])
    return
  }
  const { algorithm, hex } = digest as NonNullable<typeof digest>
  expect(hex.startsWith(stated)).toBe(true)
  expect([stated.length, DIGEST_DIGITS[algorithm]]).toContain(hex.length)
  for (const figure of Object.values(figures)) expect(figure).toSatisfy((p: number) => p > 10 && p < 100)
})
