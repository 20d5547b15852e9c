import { describe, expect, it } from 'vitest'
import type { Session } from '../runtime/session.ts'
import { float32, int64, type Tensor } from '../tensor/tensor.ts'
import { planTiles, shrinkNote, tilingNote } from './tile-plan.ts'
import { predictTiles } from './tiles.ts'

const CATEGORIES = [
  { id: 7, name: 'cell' },
  { id: 3, name: 'dust' },
]

/** Boxes of things by their grey value: the session reports what of each value it sees, as a detector of boxes would. */
const THINGS = [
  { value: 40, label: 1, score: 0.9, box: [20, 20, 60, 30] },
  { value: 80, label: 1, score: 0.8, box: [10, 50, 280, 58] },
  { value: 120, label: 2, score: 0.7, box: [90, 90, 110, 112] },
  { value: 200, label: 1, score: 0.6, box: [200, 130, 203, 133] },
]

function picture(width: number, height: number) {
  const grey = new Uint8Array(width * height)
  for (const { value, box } of THINGS) {
    for (let y = box[1]; y < box[3]; y++) grey.fill(value, y * width + box[0], y * width + box[2])
  }
  return {
    ...{ width, height, notes: ['read from memory'], close: async () => {} },
    read: async (region: { left: number; top: number; width: number; height: number }) => {
      const data = new Uint8Array(region.width * region.height * 3)
      for (let i = 0; i < data.length / 3; i++) {
        const at = (region.top + Math.floor(i / region.width)) * width + region.left + (i % region.width)
        data.fill(grey[at], 3 * i, 3 * i + 3)
      }
      return { data, width: region.width, height: region.height }
    },
  }
}

function sessionSeeing(sizes: string[]): Session {
  const run = async ({ image }: Readonly<Record<string, Tensor>>) => {
    const [height, width] = image.shape
    sizes.push(`${width}x${height}`)
    const seen = THINGS.flatMap(({ value, label, score }) => {
      const [xs, ys]: [number[], number[]] = [[], []]
      for (let i = 0; i < width * height; i++) {
        if (Number(image.data[3 * i]) === value) {
          xs.push(i % width)
          ys.push(Math.floor(i / width))
        }
      }
      if (xs.length === 0) return []
      return [
        { label, score, box: [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1] },
      ]
    })
    return {
      boxes: float32(
        seen.flatMap(({ box }) => box),
        [seen.length, 4],
      ),
      scores: float32(seen.map(({ score }) => score)),
      labels: int64(seen.map(({ label }) => label)),
    }
  }
  const port = (name: string) => ({ name, dtype: 'float32' as const, shape: ['D'] })
  return { inputs: [], outputs: ['boxes', 'scores', 'labels'].map(port), run, dispose: async () => {} }
}

describe('predictTiles', () => {
  it('finds each thing once where it lies, tells how, and after each tile', async () => {
    const sizes: string[] = []
    const told: string[] = []
    const plan = planTiles({ width: 300, height: 150 }, { kind: 'keep' }, { tile: 100, overlap: 20 })!
    const { instances, notes, width, height } = await predictTiles(
      { session: sessionSeeing(sizes), categories: CATEGORIES },
      picture(300, 150),
      plan,
      { score: 0.5, max: 3, onTile: (done, tiles) => told.push(`${done}/${tiles}`) },
    )
    expect([width, height]).toEqual([300, 150])
    expect(
      instances.map(({ category, categoryId, box, score }) => [
        category,
        categoryId,
        box,
        Math.fround(score),
      ]),
    ).toEqual(
      THINGS.slice(0, 3).map(({ label, box, score }) => [
        ...[CATEGORIES[label - 1].name, CATEGORIES[label - 1].id],
        ...[box, Math.fround(score)],
      ]),
    )
    // (300 - 20) / (100 - 20) tiles across, 130 / 80 down, rounded up.
    expect(sizes).toEqual(Array.from({ length: 8 }, () => '100x100'))
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((done) => `${done}/8`))
    expect(notes).toEqual([
      'read from memory',
      'looked at in 8 tiles of 100x100 pixels that share at least 20',
      '1 instance is larger than a tile and put together from parts, so there may be pieces or gaps: take tiles larger than 100x100 pixels (tile)',
      '4 instances were found, and the best 3 kept as asked for (max)',
    ])
  })

  it('tells of what is larger than a tile and left out, and nothing where tiles are large enough', async () => {
    const notesOf = async (tile: number, score: number) => {
      const plan = planTiles({ width: 300, height: 150 }, { kind: 'keep' }, { tile, overlap: 20 })!
      const detector = { session: sessionSeeing([]), categories: CATEGORIES }
      const { notes } = await predictTiles(detector, picture(300, 150), plan, { score, max: 9 })
      return notes.filter((note) => note.includes('larger than a tile'))
    }
    // The second thing is 270 wide and scores 0.8: half of 0.85 is enough for its parts.
    expect(await notesOf(100, 0.85)).toEqual([
      '1 object larger than a tile left out, since parts look less certain than the score asked for: take tiles larger than 100x100 pixels (tile)',
    ])
    expect(await notesOf(290, 0.5)).toEqual([])
  })

  it('stops between tiles', async () => {
    const sizes: string[] = []
    const stop = new AbortController()
    const plan = planTiles({ width: 300, height: 150 }, { kind: 'keep' }, { tile: 100 })!
    const running = predictTiles(
      { session: sessionSeeing(sizes), categories: CATEGORIES },
      picture(300, 150),
      plan,
      {
        ...{ score: 0.5, max: 9, signal: stop.signal },
        onTile: (done) => done === 2 && stop.abort(new Error('enough')),
      },
    )
    await expect(running).rejects.toThrow('enough')
    // The third of eight was begun before the second was told.
    expect(sizes).toHaveLength(3)
  })

  it('finds the same when several tiles are looked at at once, whichever is ready first', async () => {
    const plan = planTiles({ width: 300, height: 150 }, { kind: 'keep' }, { tile: 100 })!
    const found = []
    for (const concurrency of [1, 3]) {
      const { run, ...session } = sessionSeeing([])
      let [runs, under, most] = [0, 0, 0]
      const slow: Session['run'] = async (feeds) => {
        most = Math.max(most, ++under)
        await new Promise((resolve) => setTimeout(resolve, runs++ % 3 === 0 ? 20 : 1))
        under--
        return run(feeds)
      }
      const detector = { session: { ...session, concurrency, run: slow }, categories: CATEGORIES }
      const { instances, notes } = await predictTiles(detector, picture(300, 150), plan, {
        score: 0.5,
        max: 9,
      })
      expect(most).toBe(concurrency)
      found.push(JSON.stringify({ instances, notes }))
    }
    expect(JSON.parse(found[0]).instances.length).toBeGreaterThan(2)
    expect(found[1]).toBe(found[0])
  })
})

const ENLARGE = { kind: 'enlarge', minSize: 640, maxSize: 2048 } as const
const FITTED = { kind: 'shortest-side', minSize: 800, maxSize: 1333 } as const

describe('planTiles', () => {
  it.each([
    [{ width: 1024, height: 1024 }, ENLARGE],
    [{ width: 2700, height: 2000 }, ENLARGE],
    [{ width: 4032, height: 3024 }, FITTED],
    [{ width: 8064, height: 6048 }, FITTED],
    [{ width: 8000, height: 8000 }, { kind: 'keep' } as const],
  ])('leaves %o whole for %o', (size, rule) => {
    expect(planTiles(size, rule)).toBeUndefined()
  })

  it('covers what is too large with tiles of one size that share enough', () => {
    const plan = planTiles({ width: 8000, height: 6000 }, ENLARGE)!
    expect(tilingNote(plan)).toBe(
      'looked at in 192 tiles of 640x640 pixels that share at least 128, because as a whole the model would see it at 26 % of its size',
    )
    const lefts = [...new Set(plan.tiles.map(({ left }) => left))]
    expect([lefts[0], lefts.at(-1)]).toEqual([0, 8000 - 640])
    for (const [i, left] of lefts.slice(1).entries()) expect(left - lefts[i]).toBeLessThanOrEqual(640 - 128)
    expect(planTiles({ width: 9000, height: 9000 }, FITTED)?.size).toEqual({ width: 1600, height: 1600 })
    expect(planTiles({ width: 9000, height: 300 }, ENLARGE)?.size).toEqual({ width: 640, height: 300 })
  })

  it('says what would be too small to be seen', () => {
    expect(shrinkNote({ width: 8000, height: 6000 }, ENLARGE)).toContain('at 26 % of its size')
    expect(shrinkNote({ width: 2700, height: 2000 }, ENLARGE)).toBeUndefined()
    expect(shrinkNote({ width: 4032, height: 3024 }, FITTED)).toBeUndefined()
    expect(shrinkNote({ width: 8064, height: 6048 }, FITTED)).toContain('at 13 % of its size')
  })

  it.each([
    [{ tile: 31 }, 'tile: option is wrong; expected auto, off, or a whole number from 32 to 8192, got 31'],
    [{ tile: 'of' as never }, 'got of'],
    [
      { tile: 100, overlap: 51 },
      'overlap: option is wrong; expected at most half a tile of 100 pixels, got 51',
    ],
    [{ overlap: -1 }, 'overlap: option is wrong; expected a whole number of at least 0, got -1'],
    [
      { tile: 'off' as const },
      'tile: the picture is too large to be looked at as a whole; expected at most 67108864 pixels, got 20000x20000',
    ],
  ])('refuses %o', (options, message) => {
    expect(() => planTiles({ width: 20000, height: 20000 }, ENLARGE, options)).toThrow(message)
  })
})
