import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../test/memory-store.ts'
import { encodeListing } from './listing.ts'
import { type BatchPlan, beginBatch, chunkCount, chunkImages, chunkSizeFor, planId } from './plan.ts'
import { sha256 } from './sha256.ts'

const IMAGES = ['a.png', 'b.png', 'c.png'].map((file) => ({ file }))

async function planOf(images = IMAGES, changes: Partial<BatchPlan> = {}): Promise<BatchPlan> {
  return {
    version: '1.2.3',
    model: { name: 'cells', sha256: '0'.repeat(64) },
    settings: { score: 0.5, tile: 'auto' },
    listing: { images: images.length, sha256: await sha256(encodeListing(images)) },
    chunk: 2,
    ...changes,
  }
}

describe('a chunk', () => {
  it('has 16 images, and more where shards would be too many', () => {
    expect([1, 2000, 64_000, 128_000, 256_000, 1e6].map(chunkSizeFor)).toEqual([16, 16, 16, 32, 64, 64])
  })
  it('is cut out of the listing, the last one shorter', async () => {
    const plan = await planOf()
    expect(chunkCount(plan)).toBe(2)
    expect([0, 1].map((chunk) => chunkImages(IMAGES, plan, chunk).map(({ file }) => file))).toEqual([
      ['a.png', 'b.png'],
      ['c.png'],
    ])
  })
})

describe('a batch that was begun', () => {
  it('goes on with the same plan, whatever the model is called and the order of its settings', async () => {
    const store = memoryStore()
    expect(await beginBatch(store, await planOf(), IMAGES)).toBe(false)
    const again = await planOf(IMAGES, {
      model: { name: 'other/place', sha256: '0'.repeat(64) },
      settings: { tile: 'auto', score: 0.5 },
    })
    expect(await beginBatch(store, again, IMAGES)).toBe(true)
    expect(await planId(again)).toBe(await planId(await planOf()))
  })

  it.each<[string, Partial<BatchPlan>, RegExp]>([
    ['another model', { model: { name: 'new', sha256: '1'.repeat(64) } }, /expected cells .*, got new /],
    ['other settings', { settings: { score: 0.6, tile: 'auto' } }, /expected .*0\.5.*, got .*0\.6/],
    ['chunks of another size', { chunk: 3 }, /expected --chunk 2, got 3/],
    ['another version of Maskwright', { version: '1.2.4' }, /expected 1\.2\.3, got 1\.2\.4/],
  ])('is refused with %s', async (what, changes, told) => {
    const store = memoryStore()
    await beginBatch(store, await planOf(), IMAGES)
    const before = new Map(store.objects)
    const other = await planOf(IMAGES, changes)
    const refused = beginBatch(store, other, IMAGES)
    await expect(refused).rejects.toThrow(`store/batch.json: the folder holds a batch of ${what}`)
    await expect(refused).rejects.toThrow(told)
    expect(store.objects).toEqual(before)
    expect(await planId(other)).not.toBe(await planId(await planOf()))
  })

  it('is refused with other images, naming the first', async () => {
    const store = memoryStore()
    await beginBatch(store, await planOf(), IMAGES)
    const images = ['a.png', 'c.png'].map((file) => ({ file }))
    await expect(beginBatch(store, await planOf(images), images)).rejects.toThrow(
      'expected 3 images, number 2 being b.png, got 2 images, number 2 being c.png',
    )
  })

  it('is refused where its plan is none', async () => {
    const store = memoryStore(new Map([['batch.json', '{"version":"1"}']]))
    await expect(beginBatch(store, await planOf(), IMAGES)).rejects.toThrow(
      'store/batch.json: is not what a batch has written',
    )
  })
})
