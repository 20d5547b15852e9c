import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { nextFolder, studioRuns, writeRecord } from './run-record.ts'

let runs: string

beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'maskwright-runs-'))
})
afterEach(() => rmSync(runs, { recursive: true }))

async function begin(name: string, photos = '/photos'): Promise<string> {
  const folder = join(runs, name)
  mkdirSync(join(folder, 'checkpoints'), { recursive: true })
  await writeRecord({ folder, record: { photos, minutes: 5, began: 0 } })
  return folder
}

it('finds the runs of these photos by their numbers, and none of others', async () => {
  for (const name of ['photos-10', 'photos', 'photos-2', 'photos-x', 'photos-02']) await begin(name)
  await begin('photos-3', '/elsewhere/photos')
  mkdirSync(join(runs, 'photos-4'))
  const found = await studioRuns(runs, 'photos', '/photos')
  expect(found.map(({ folder }) => folder)).toEqual(
    ['photos', 'photos-2', 'photos-10'].map((name) => join(runs, name)),
  )
  expect(await studioRuns(join(runs, 'nothing'), 'photos', '/photos')).toEqual([])
})

it('takes the next name that is free, and again that of a run which came to nothing', async () => {
  expect(nextFolder(runs, 'photos', undefined)).toBe(join(runs, 'photos'))
  const folder = await begin('photos')
  const [newest] = await studioRuns(runs, 'photos', '/photos')
  expect(nextFolder(runs, 'photos', newest)).toBe(folder)
  writeFileSync(join(folder, 'checkpoints/last.safetensors'), '')
  expect(nextFolder(runs, 'photos', newest)).toBe(join(runs, 'photos-2'))
})
