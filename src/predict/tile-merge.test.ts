import { describe, expect, it } from 'vitest'
import { placeMask, spreadMask } from '../geometry/placed-mask.ts'
import type { Region } from '../geometry/regions.ts'
import { encodeRle, type Rle, rleToBox } from '../geometry/rle.ts'
import { random } from '../tensor/random.ts'
import { isBeyondTiles, isCutBy, mergePieces, type Piece } from './tile-merge.ts'
import { planTiles } from './tile-plan.ts'

const WIDTH = 150
const HEIGHT = 110

interface Thing {
  readonly label: number
  readonly score: number
  readonly inside: (x: number, y: number) => boolean
}

const disc = (cx: number, cy: number, r: number) => (x: number, y: number) =>
  (x - cx) ** 2 + (y - cy) ** 2 < r ** 2
const bar = (left: number, top: number, right: number, bottom: number) => (x: number, y: number) =>
  x >= left && x < right && y >= top && y < bottom
const either =
  (...shapes: Thing['inside'][]) =>
  (x: number, y: number) =>
    shapes.some((shape) => shape(x, y))

function thing(inside: Thing['inside'], label = 1, score = 0.9): Thing {
  return { label, score, inside }
}

/** A detector that knows the things, and reports of each exactly what a tile shows. */
function piecesOf(things: readonly Thing[], tiles: readonly Region[]): Piece[] {
  return tiles.flatMap((tile) =>
    things.flatMap(({ label, score, inside }): Piece[] => {
      const mask = placeMask(masked(inside, tile), tile.left, tile.top)
      if (!mask) return []
      const [height, width] = mask.rle.size
      const box = [mask.left, mask.top, mask.left + width, mask.top + height] as const
      return [{ tile, label, score, box, mask, isCut: isCutBy(tile, mask, PICTURE) }]
    }),
  )
}

function masked(inside: Thing['inside'], { left, top, width, height }: Region): Rle {
  const bitmap = Array.from({ length: width * height }, (_, i) =>
    inside(left + (i % width), top + Math.floor(i / width)),
  )
  return encodeRle(bitmap, { width, height })
}

const PICTURE = { left: 0, top: 0, width: WIDTH, height: HEIGHT }

/** Label, score, box and runs, in an order of their own. */
function tiled(things: readonly Thing[], tile: number, overlap: number) {
  const plan = planTiles(PICTURE, { kind: 'keep' }, { tile, overlap })
  const tiles = plan?.tiles ?? [PICTURE]
  const merged = mergePieces(piecesOf(things, tiles), tiles, PICTURE)
  return sorted(
    merged.map(({ label, score, box, mask }) => ({ label, score, box, rle: spreadMask(mask, PICTURE) })),
  )
}

function whole(things: readonly Thing[]) {
  return sorted(
    things.map(({ label, score, inside }) => {
      const rle = masked(inside, PICTURE)
      return { label, score, box: rleToBox(rle), rle }
    }),
  )
}

function sorted<T extends { readonly label: number; readonly rle: Rle }>(objects: readonly T[]): string[] {
  return objects.map((object) => JSON.stringify(object)).sort()
}

describe('mergePieces', () => {
  // 64 and 16 make tiles at 0, 43, 86 and 0, 46: all shared strips are wider than 16.
  it.each([
    ['an object at a seam', [thing(disc(60, 20, 8))]],
    ['one at the corner of four tiles', [thing(disc(54, 54, 9))]],
    ['one larger than what tiles share', [thing(disc(55, 55, 26))]],
    ['one longer than two tiles', [thing(bar(5, 50, 145, 57))]],
    [
      'one that crosses the whole picture both ways',
      [thing(either(bar(0, 50, 150, 57), bar(70, 0, 77, 110)))],
    ],
    [
      'a bow that leaves a tile twice',
      [thing(either(bar(40, 10, 100, 16), bar(94, 10, 100, 60), bar(40, 54, 100, 60)))],
    ],
    ['a ring over all tiles', [thing((x, y) => disc(75, 55, 50)(x, y) && !disc(75, 55, 42)(x, y))]],
    [
      'touching neighbours at a seam',
      [thing(bar(44, 10, 54, 30)), thing(bar(54, 10, 64, 30)), thing(bar(44, 30, 64, 50))],
    ],
    [
      'long neighbours that touch along their length',
      [thing(bar(5, 50, 145, 57)), thing(bar(5, 57, 145, 64))],
    ],
    ['two classes over each other', [thing(disc(54, 54, 12), 1), thing(disc(56, 54, 12), 2, 0.7)]],
    ['tiny ones', [thing(bar(46, 46, 47, 47)), thing(bar(63, 50, 65, 52)), thing(bar(48, 46, 49, 48))]],
    [
      'one with a hole and another in it',
      [thing((x, y) => disc(54, 54, 20)(x, y) && !disc(54, 54, 9)(x, y)), thing(disc(54, 54, 6))],
    ],
  ] as [string, Thing[]][])('finds %s once and whole', (_, things) => {
    expect(tiled(things, 64, 16)).toEqual(whole(things))
    expect(tiled(things, 40, 20)).toEqual(whole(things))
  })

  it.each([1, 2, 3, 4, 5])('finds in tiles what it finds in the whole of random picture %i', (seed) => {
    const things = randomThings(seed)
    expect(things.length).toBeGreaterThan(25)
    for (const [tile, overlap] of [
      [64, 8],
      [48, 16],
      [37, 18],
    ]) {
      expect(tiled(things, tile, overlap)).toEqual(whole(things))
    }
  })

  it('takes the best whole view, whatever cut ones score', () => {
    const { tiles } = planTiles(PICTURE, { kind: 'keep' }, { tile: 100, overlap: 40 })!
    const pieces = piecesOf([thing(disc(70, 50, 8))], tiles)
    // Every one of the four tiles (0, 50 and 0, 10) sees it whole.
    const scored = pieces.map((piece, i) => ({ ...piece, score: 0.5 + i / 10 }))
    expect(mergePieces(scored, tiles, PICTURE).map(({ score }) => score)).toEqual([0.8])
    const corner = piecesOf([thing(disc(96, 30, 8))], tiles)
    // At 88 to 104 the tiles from 0 to 100 cut it.
    const cutBest = corner.map((piece) => ({ ...piece, score: piece.isCut ? 0.9 : 0.6 }))
    expect(mergePieces(cutBest, tiles, PICTURE).map(({ score }) => score)).toEqual([0.6])
  })

  it('believes the tile that shows more of a place, and keeps what no other tile shows', () => {
    const { tiles } = planTiles(PICTURE, { kind: 'keep' }, { tile: 100, overlap: 40 })!
    const [first] = tiles
    const fancied = piecesOf([thing(disc(96, 60, 8))], [first])
    expect(fancied.map(({ isCut }) => isCut)).toEqual([true])
    expect(mergePieces(fancied, tiles, PICTURE)).toEqual([])
    expect(mergePieces(fancied, [first], PICTURE)).toHaveLength(1)
  })
})

describe('isBeyondTiles', () => {
  it.each<[string, Thing['inside'], boolean]>([
    // Tiles of 64 at 0, 43, 86 across and 0, 46 down; what comes within 3 pixels of a seam counts as cut.
    ['a bar over two tiles', bar(5, 50, 100, 57), true],
    ['one as long as a tile in the middle', bar(43, 20, 107, 27), true],
    ['one as long as what the first tile shows', bar(0, 20, 61, 27), false],
    ['one across a seam that another tile shows whole', bar(50, 20, 80, 27), false],
    ['a disc that no tile shows whole, though one could', disc(53, 55, 15), false],
  ])('knows %s', (_, inside, expected) => {
    const { tiles } = planTiles(PICTURE, { kind: 'keep' }, { tile: 64, overlap: 16 })!
    const mask = placeMask(masked(inside, PICTURE))!
    expect(isBeyondTiles(mask, tiles, PICTURE)).toBe(expected)
  })

  it('asks nothing along a side that tiles do not divide', () => {
    const flat = { width: 150, height: 60 }
    const { tiles } = planTiles(flat, { kind: 'keep' }, { tile: 64, overlap: 16 })!
    const upright = placeMask(masked(bar(20, 0, 27, 60), PICTURE))!
    expect(isBeyondTiles(upright, tiles, flat)).toBe(false)
  })
})

/** Bars, discs and bent lines of two classes; those of one class keep off each other's pixels, but touch. */
function randomThings(seed: number): Thing[] {
  const { uniform, integer } = random(seed)
  const taken = new Map<string, number>()
  const things: Thing[] = []
  for (let tries = 0; tries < 120; tries++) {
    const [x, y, label] = [integer(WIDTH), integer(HEIGHT), 1 + integer(2)]
    const kind = integer(4)
    const shape =
      kind === 0
        ? bar(x, y, x + 2 + integer(90), y + 2 + integer(6))
        : kind === 1
          ? bar(x, y, x + 2 + integer(6), y + 2 + integer(80))
          : kind === 2
            ? disc(x, y, 1.5 + 12 * uniform())
            : either(bar(x, y, x + 40, y + 4), bar(x + 36, y, x + 40, y + 40))
    const pixels: string[] = []
    for (let py = 0; py < HEIGHT; py++) {
      for (let px = 0; px < WIDTH; px++) if (shape(px, py)) pixels.push(`${px},${py},${label}`)
    }
    if (pixels.length === 0 || pixels.some((pixel) => taken.has(pixel))) continue
    for (const pixel of pixels) taken.set(pixel, things.length)
    things.push(thing(shape, label, 0.5 + integer(50) / 100))
  }
  return things
}

describe('scores of masks', () => {
  const tiles = planTiles(PICTURE, { kind: 'keep' }, { tile: 64, overlap: 16 })!.tiles
  const scoredPieces = (things: readonly Thing[]) =>
    piecesOf(things, tiles).map((piece, i) => ({ ...piece, maskScore: 0.1 + i / 100 }))

  it('are those of the view that is kept, or of the best part', () => {
    // Seen whole in one tile; then over several, of which the last has the best score.
    const [whole] = scoredPieces([thing(disc(20, 20, 8))])
    expect(mergePieces([whole], tiles, PICTURE)[0].maskScore).toBe(whole.maskScore)
    const parts = scoredPieces([thing(bar(5, 20, 140, 30))])
    expect(parts.length).toBeGreaterThan(1)
    const [united] = mergePieces(parts, tiles, PICTURE)
    expect(united.maskScore).toBe(parts[parts.length - 1].maskScore)
  })
})
