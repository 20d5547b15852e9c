import { resizedSize } from '../detection/transform.ts'
import { ConfigError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import type { ResizeRule } from '../geometry/fitted-size.ts'
import { type Region, tileRegions } from '../geometry/regions.ts'
import { wrongOption } from './predictor.ts'

/** How a picture larger than its model is made for is looked at. */
export interface TilingOptions {
  /**
   * Side of square tiles in pixels of the picture, `auto`, or `off` for the picture as a whole. Default `auto`: tiles where the
   * model would see the picture below three quarters of the size it was trained at, or where it has more pixels than fit into memory.
   */
  readonly tile?: number | 'auto' | 'off'
  /** Pixels that neighbouring tiles share at least; at most half a tile. Default: a fifth of the tile. */
  readonly overlap?: number
}

/** Tiles of one size that cover a picture. */
export interface TilePlan {
  readonly size: Size
  readonly overlap: number
  readonly tiles: readonly Region[]
  /** Why, where nobody asked for tiles. */
  readonly reason?: string
}

/** The most pixels seen as a whole: about 35 bytes each are needed. */
export const MOST_PIXELS = 2 ** 26
/** Scale below which objects of the size that a model was trained on begin to vanish. */
const LEAST_SCALE = 0.75
/** The same where every picture is scaled to one size, so that objects are as large as they are in the picture. */
const LEAST_FITTED_SCALE = 0.2
const LEAST_TILE = 32
/** Side of tiles for a model that says nothing of the size it was trained at. */
const USUAL_TILE = 1024

/** The tiles to look at; undefined for the picture as a whole. Throws `ConfigError` for impossible options. */
export function planTiles(
  picture: Size,
  rule: ResizeRule,
  { tile = 'auto', overlap }: TilingOptions = {},
): TilePlan | undefined {
  checkTiling(tile, overlap)
  if (tile === 'off' && overlap !== undefined) {
    throw new ConfigError('there are no tiles to overlap', {
      where: 'overlap',
      hint: 'Leave it out, or choose tiles',
    })
  }
  const reason = tile === 'auto' ? reasonForTiles(picture, rule) : undefined
  if (tile === 'off' || (tile === 'auto' && !reason)) {
    requireSeenWhole(picture)
    return undefined
  }
  const side = tile === 'auto' ? usualTile(rule) : tile
  const shared = overlap ?? Math.ceil(side / 5)
  if (shared > side / 2) throw wrongOption('overlap', `at most half a tile of ${side} pixels`, overlap)
  const tiles = tileRegions(picture, side, shared)
  const { width, height } = tiles[0]
  return tiles.length === 1 ? undefined : { size: { width, height }, overlap: shared, tiles, reason }
}

/** A sentence on objects too small to be seen, where a picture seen as a whole is shrunk that much. */
export function shrinkNote(picture: Size, rule: ResizeRule): string | undefined {
  const scale = scaleOf(picture, rule)
  if (scale >= leastScale(rule)) return undefined
  return `the model sees the picture at ${percent(scale)} of its size, so small objects may be missing: look at it in tiles (tile)`
}

/** How a picture was looked at. */
export function tilingNote({ size, overlap, tiles, reason }: TilePlan): string {
  const how = `looked at in ${tiles.length} tiles of ${size.width}x${size.height} pixels that share at least ${overlap}`
  return reason ? `${how}, because ${reason}` : how
}

function reasonForTiles(picture: Size, rule: ResizeRule): string | undefined {
  const scale = scaleOf(picture, rule)
  if (rule.kind === 'enlarge' && scale < LEAST_SCALE) {
    return `as a whole the model would see it at ${percent(scale)} of its size`
  }
  const pixels = picture.width * picture.height
  return pixels > MOST_PIXELS ? `as a whole it is too large for memory` : undefined
}

/** Tiles that the model sees as it saw its training pictures; no fewer pixels than it takes in anyway. */
function usualTile(rule: ResizeRule): number {
  switch (rule.kind) {
    case 'enlarge':
      return rule.minSize
    case 'shortest-side':
      return 2 * rule.minSize
    case 'fixed':
      return 2 * Math.max(rule.width, rule.height)
    case 'keep':
      return USUAL_TILE
  }
}

function leastScale({ kind }: ResizeRule): number {
  return kind === 'enlarge' ? LEAST_SCALE : LEAST_FITTED_SCALE
}

function scaleOf(picture: Size, rule: ResizeRule): number {
  const { width, height } = resizedSize(picture, { resize: rule }) as Size
  return Math.min(width / picture.width, height / picture.height)
}

function requireSeenWhole({ width, height }: Size): void {
  if (width * height <= MOST_PIXELS) return
  throw new ConfigError('the picture is too large to be looked at as a whole', {
    where: 'tile',
    expected: `at most ${MOST_PIXELS} pixels`,
    got: `${width}x${height}`,
    hint: 'Leave tile out, or give the side of tiles.',
  })
}

function checkTiling(tile: number | 'auto' | 'off', overlap: number | undefined): void {
  const isSide =
    Number.isInteger(tile) && (tile as number) >= LEAST_TILE && (tile as number) ** 2 <= MOST_PIXELS
  if (tile !== 'auto' && tile !== 'off' && !isSide) {
    throw wrongOption(
      'tile',
      `auto, off, or a whole number from ${LEAST_TILE} to ${Math.sqrt(MOST_PIXELS)}`,
      tile,
    )
  }
  if (overlap !== undefined && !(Number.isInteger(overlap) && overlap >= 0)) {
    throw wrongOption('overlap', 'a whole number of at least 0', overlap)
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`
}
