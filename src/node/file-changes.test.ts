import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { fileChanges } from './file-changes.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-changes-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('tells once of a file that was replaced, when it has settled', async () => {
  const place = join(folder, 'model')
  writeFileSync(place, 'first')
  const { look } = await fileChanges(() => place)
  expect([await look(), await look()]).toEqual([false, false])
  // It is being written when it is looked at.
  writeFileSync(place, 'sec')
  expect(await look()).toBe(false)
  writeFileSync(place, 'second')
  expect([await look(), await look(), await look()]).toEqual([false, true, false])
  // It is gone for a while.
  rmSync(place)
  expect([await look(), await look()]).toEqual([false, false])
  writeFileSync(`${place}.new`, 'third')
  renameSync(`${place}.new`, place)
  expect([await look(), await look(), await look()]).toEqual([false, true, false])
})

it('tells of another path, and of a link that leads elsewhere', async () => {
  for (const name of ['a', 'b']) writeFileSync(join(folder, name), 'same')
  let chosen: string | undefined
  const { look } = await fileChanges(() => chosen)
  expect([await look(), await look()]).toEqual([false, false])
  chosen = join(folder, 'a')
  expect([await look(), await look()]).toEqual([false, true])
  chosen = join(folder, 'link')
  symlinkSync(join(folder, 'a'), chosen)
  expect([await look(), await look()]).toEqual([false, true])
  symlinkSync(join(folder, 'b'), join(folder, 'other'))
  renameSync(join(folder, 'other'), chosen)
  expect([await look(), await look(), await look()]).toEqual([false, true, false])
})
