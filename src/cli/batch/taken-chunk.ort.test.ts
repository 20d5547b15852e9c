import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { writeSyntheticImages } from '../../../test/end-to-end/synthetic-data.ts'
import { commandIn } from '../../../test/in-process.ts'
import { thinModelFile } from '../../../test/thin-model.ts'
import { decodeListing } from '../../batch/listing.ts'
import { LISTING_KEY, planId, storedPlan } from '../../batch/plan.ts'
import { shardKey } from '../../batch/shard.ts'
import { folderStore } from '../../node/folder-store.ts'
import { chunkWork } from './taken-chunk.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-taken-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('leaves out an image that five workers died on, and looks at one that four died on', async () => {
  writeFileSync(join(folder, 'thin.safetensors'), thinModelFile())
  await writeSyntheticImages(join(folder, 'images'), 2, 5)
  const flags = ['--model', 'thin.safetensors', '--score', '0.02', '--chunk', '2', '--threads', '1']
  expect((await commandIn(folder, ['batch', 'images', ...flags, '--out', 'out'])).status).toBe(0)
  const store = folderStore(join(folder, 'out'))
  const read = async () =>
    new TextDecoder()
      .decode(await store.read(shardKey(0)))
      .trim()
      .split('\n')
  const whole = (await read()).map((line) => JSON.parse(line))
  const plan = (await storedPlan(store))!
  const { version, model, settings } = plan
  const images = decodeListing(new TextDecoder().decode(await store.read(LISTING_KEY)), '')
  rmSync(join(folder, 'out', shardKey(0)))
  const seen: (readonly number[])[] = []
  const work = chunkWork({ device: 'cpu', threads: 1, workers: 1, signal: new AbortController().signal })
  try {
    const outcome = await work.perform({
      order: {
        ...{ version, model, settings, images, plan: await planId(plan), chunk: 0, retries: 0 },
        ...{ base: folder, out: 'out', deaths: { 0: 5, 1: 4 } },
      },
      isWanted: async () => true,
      noteUnderWay: (places) => seen.push(places),
    })
    expect([outcome, seen]).toEqual(['done', [[1]]])
  } finally {
    await work.dispose()
  }
  const [first, second] = (await read()).map((line) => JSON.parse(line))
  const { file } = images[0]
  expect(first).toEqual({ file, error: `${file}: 5 workers died while they looked at it` })
  expect(second.instances).toEqual(whole[1].instances)
})
