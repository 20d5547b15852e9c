import type { Box, Size } from '../geometry/boxes.ts'
import {
  areaWithin,
  extentOf,
  type PlacedMask,
  sharedArea,
  sharedBox,
  unitedMask,
} from '../geometry/placed-mask.ts'
import type { Region } from '../geometry/regions.ts'
import { rleArea } from '../geometry/rle.ts'
import { BoxGrid } from './box-grid.ts'
import type { InstanceKeypoint } from './found-keypoints.ts'

/** What was seen of an object in one tile, in pixels of the picture. */
export interface Piece {
  readonly tile: Region
  readonly label: number
  readonly score: number
  readonly maskScore?: number
  readonly box: Box
  /** Its pixels; the filled box where it has none or the model makes none. */
  readonly mask: PlacedMask
  readonly keypoints?: readonly InstanceKeypoint[]
  /** It reaches a border of its tile that lies inside the picture, so there may be more of it. */
  readonly isCut: boolean
}

/** An object of the picture. */
export interface MergedPiece {
  readonly label: number
  /** Of its best whole view; the best of its parts where it was put together. */
  readonly score: number
  /** Of the same view; the best of its parts likewise. */
  readonly maskScore?: number
  readonly box: Box
  readonly mask: PlacedMask
  /** Of an object put together, each where its best part has it. */
  readonly keypoints?: readonly InstanceKeypoint[]
}

/** Share of the pixels in both views that two views of one object have in common. */
const SAME = 0.5
/** Share of the smaller one that lies in the larger, where one tile has seen a part of what the other has seen. */
const INSIDE = 0.75
/** Below this share in common, lying inside says nothing: the smaller is a rim. */
const LEAST = 0.2
/** So many pixels from a border of its tile a view counts as cut by it. */
const MARGIN = 3

/**
 * Objects out of what overlapping tiles have seen, each once and whole:
 *
 * 1. Views of whole objects compete as in non-maximum suppression, the best score first, by what their masks share.
 * 2. A cut view whose larger part lies in a whole one from another tile is a part of it, and adds nothing.
 * 3. Cut views of different tiles that agree in the pixels both tiles see are parts of one object and are united, over as
 *    many tiles as it crosses. What matters is the agreement there alone: outside it each sees what the other cannot.
 * 4. What is then left of cut views is no object where another tile shows the place with room around and has seen nothing
 *    like it: that tile saw more.
 *
 * Only views of one label and of different tiles are compared, and only where their boxes meet. Merging by what matches in
 * the overlap follows the ideas of sliced inference (Akyon et al. 2022, SAHI) and of StarDist's prediction of big images
 * (Weigert et al. 2020), which need an overlap as large as an object; joining by agreement does not.
 */
export function mergePieces(
  pieces: readonly Piece[],
  tiles: readonly Region[],
  picture: Size,
): MergedPiece[] {
  const side = cellSide(pieces)
  const areas = new Map<Piece, number>(pieces.map((piece) => [piece, rleArea(piece.mask.rle)]))
  const area = (piece: Piece) => areas.get(piece)!
  const ranked = pieces.toSorted((a, b) => b.score - a.score)

  const wholes: Piece[] = []
  const kept = new BoxGrid<Piece>(side)
  for (const piece of ranked.filter(({ isCut }) => !isCut)) {
    const isSeen = rivalsOf(kept, piece).some((other) =>
      agree(sharedArea(piece.mask, other.mask), area(piece), area(other)),
    )
    if (isSeen) continue
    wholes.push(piece)
    kept.add(extentOf(piece.mask), piece)
  }
  const cut = ranked.filter(
    (piece) =>
      piece.isCut &&
      !rivalsOf(kept, piece).some((other) => sharedArea(piece.mask, other.mask) >= SAME * area(piece)),
  )
  const tileGrid = new BoxGrid<Region>(tiles[0].width)
  for (const tile of tiles) tileGrid.add(boxOf(tile), tile)
  const united = partsOfOne(cut, side).flatMap((parts) => {
    const object = unite(parts)
    const isDenied = [...tileGrid.meeting(extentOf(object.mask))].some(
      (tile) => !isCutBy(tile, object.mask, picture) && parts.every((part) => part.tile !== tile),
    )
    return isDenied ? [] : [object]
  })
  return [...wholes.map(shownOf), ...united].sort((a, b) => b.score - a.score)
}

/** Whether a mask comes near to, or over, a border of a tile that lies inside the picture. */
export function isCutBy({ left, top, width, height }: Region, mask: PlacedMask, picture: Size): boolean {
  const [x1, y1, x2, y2] = extentOf(mask)
  return (
    (left > 0 && x1 < left + MARGIN) ||
    (top > 0 && y1 < top + MARGIN) ||
    (left + width < picture.width && x2 > left + width - MARGIN) ||
    (top + height < picture.height && y2 > top + height - MARGIN)
  )
}

/** Whether an object is so large that a tile could not show it whole, wherever it lay; along a side that tiles divide. */
export function isBeyondTiles(mask: PlacedMask, tiles: readonly Region[], picture: Size): boolean {
  const [x1, y1, x2, y2] = extentOf(mask)
  const [{ width, height }] = tiles
  const isLong = (length: number, tile: number, whole: number) => tile < whole && length > tile - 2 * MARGIN
  if (!isLong(x2 - x1, width, picture.width) && !isLong(y2 - y1, height, picture.height)) return false
  return !tiles.some((tile) => isInside([x1, y1, x2, y2], boxOf(tile)) && !isCutBy(tile, mask, picture))
}

function isInside(inner: Box, outer: Box): boolean {
  return inner.every((value, i) => (i < 2 ? value >= outer[i] : value <= outer[i]))
}

/** Cut views in groups, one an object. */
function partsOfOne(cut: readonly Piece[], side: number): Piece[][] {
  const grid = new BoxGrid<Piece>(side)
  const parent = new Map<Piece, Piece>()
  const root = (piece: Piece): Piece => {
    let at = piece
    while (parent.get(at) !== at) {
      parent.set(at, parent.get(parent.get(at)!)!)
      at = parent.get(at)!
    }
    return at
  }
  for (const piece of cut) {
    parent.set(piece, piece)
    for (const other of rivalsOf(grid, piece)) {
      if (root(piece) !== root(other) && agreeInBoth(piece, other)) parent.set(root(piece), root(other))
    }
    grid.add(extentOf(piece.mask), piece)
  }
  const groups = new Map<Piece, Piece[]>()
  for (const piece of cut) {
    const group = groups.get(root(piece))
    if (group) group.push(piece)
    else groups.set(root(piece), [piece])
  }
  return [...groups.values()]
}

function agreeInBoth(a: Piece, b: Piece): boolean {
  const shared = sharedArea(a.mask, b.mask)
  const zone = shared > 0 && sharedBox(boxOf(a.tile), boxOf(b.tile))
  return zone ? agree(shared, areaWithin(a.mask, zone), areaWithin(b.mask, zone)) : false
}

function agree(shared: number, a: number, b: number): boolean {
  const inCommon = shared / (a + b - shared)
  return inCommon >= SAME || (inCommon >= LEAST && shared >= INSIDE * Math.min(a, b))
}

function unite(parts: readonly Piece[]): MergedPiece {
  if (parts.length === 1) return shownOf(parts[0])
  const [{ label, score }] = parts
  const least = (i: number) => Math.min(...parts.map(({ box }) => box[i]))
  const most = (i: number) => Math.max(...parts.map(({ box }) => box[i]))
  const box: Box = [least(0), least(1), most(2), most(3)]
  const keypoints = surestKeypoints(parts)
  const mask = unitedMask(parts.map((part) => part.mask))
  const maskScores = parts.flatMap((part) => part.maskScore ?? [])
  const maskScore = maskScores.length > 0 ? Math.max(...maskScores) : undefined
  return { label, score, maskScore, box, mask, keypoints }
}

function surestKeypoints([first, ...others]: readonly Piece[]): readonly InstanceKeypoint[] | undefined {
  return first.keypoints?.map((point, k) =>
    others.reduce((best, { keypoints }) => {
      const other = keypoints?.[k]
      return other && other.score > best.score ? other : best
    }, point),
  )
}

function shownOf({ label, score, maskScore, box, mask, keypoints }: Piece): MergedPiece {
  return { label, score, maskScore, box, mask, keypoints }
}

/** Views of the same label from other tiles whose boxes meet. */
function rivalsOf(grid: BoxGrid<Piece>, { mask, tile, label }: Piece): Piece[] {
  return [...grid.meeting(extentOf(mask))].filter((other) => other.tile !== tile && other.label === label)
}

function boxOf({ left, top, width, height }: Region): Box {
  return [left, top, left + width, top + height]
}

/** About the mean side of a box. */
function cellSide(pieces: readonly Piece[]): number {
  const sum = pieces.reduce((total, { mask: { rle } }) => total + rle.size[0] + rle.size[1], 0)
  return Math.max(8, Math.round(sum / (2 * Math.max(1, pieces.length))))
}
