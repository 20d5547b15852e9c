import type { ImageReader } from '../data/image-reading.ts'
import type { Box, Size } from '../geometry/boxes.ts'
import { type PlacedMask, placedBox, placeMask } from '../geometry/placed-mask.ts'
import type { Region } from '../geometry/regions.ts'
import { type Tensor, tensor } from '../tensor/tensor.ts'
import { ahead } from './ahead.ts'
import { type Instance, placedInstanceMask } from './instance.ts'
import { beyondMax, type LoadedModel, type Prediction, view } from './predictor.ts'
import { isBeyondTiles, isCutBy, type MergedPiece, mergePieces, type Piece } from './tile-merge.ts'
import { type TilePlan, tilingNote } from './tile-plan.ts'
import { limitNotes, type ReachedLimits } from './view-limits.ts'

export interface TilesOptions {
  readonly score: number
  readonly max: number
  readonly signal?: AbortSignal
  readonly onTile?: (done: number, tiles: number) => void
}

/** Parts of an object look less certain than the whole; each counts from this share of the score asked for. */
const PART_SCORE = 0.5

/**
 * Looks at a picture tile by tile and puts together what was seen (see `mergePieces`). As many tiles as are looked at at once, one
 * more that is read meanwhile, and what was found are all that is in memory. Rejects with the signal's reason between tiles; throws
 * `DataError` where the picture cannot be read.
 */
export async function predictTiles(
  detector: LoadedModel,
  picture: ImageReader,
  plan: TilePlan,
  { score, max, signal, onTile }: TilesOptions,
): Promise<Prediction> {
  const started = performance.now()
  const { width, height } = picture
  const pieces: Piece[] = []
  const reached: ReachedLimits[] = []
  const kinds = new Map<number, Pick<Instance, 'category' | 'skeleton'>>()
  const look = ({ pixels }: TilePixels) =>
    view(detector, pixels, { score, least: PART_SCORE * score, signal })
  const views = ahead(tilePixels(picture, plan.tiles, signal), look, detector.session.concurrency)
  for await (const { item, index, made: seen } of views) {
    const { tile } = item
    for (const instance of seen.instances) {
      const piece = pieceOf(instance, tile, { width, height })
      if (piece) pieces.push(piece)
      kinds.set(instance.categoryId, { category: instance.category, skeleton: instance.skeleton })
    }
    reached.push(seen.reached)
    onTile?.(index + 1, plan.tiles.length)
  }
  const hasMasks = detector.session.outputs.some(({ name }) => name === 'masks')
  const merged = mergePieces(pieces, plan.tiles, { width, height })
  const large = merged.filter(({ mask }) => isBeyondTiles(mask, plan.tiles, { width, height }))
  const instances = merged
    .filter((object) => object.score >= score)
    .map(({ label, score, maskScore, box, mask, keypoints }): Instance => {
      const { category = '', skeleton } = kinds.get(label) ?? {}
      const shape = hasMasks ? { mask: placedInstanceMask(mask, { width, height }) } : {}
      return {
        categoryId: label,
        category,
        score,
        box,
        ...shape,
        ...(maskScore !== undefined && { maskScore }),
        ...(keypoints && { keypoints, skeleton }),
      }
    })
  const notes = [
    ...picture.notes,
    tilingNote(plan),
    ...largeNotes(large, plan.size, score),
    ...limitNotes(reached, detector.limits),
    ...beyondMax(instances, max),
  ]
  const milliseconds = performance.now() - started
  return { width, height, milliseconds, instances: instances.slice(0, max), notes }
}

interface TilePixels {
  readonly tile: Region
  readonly pixels: Tensor<'uint8'>
}

/** Tiles as they are read, one after the other. */
async function* tilePixels(
  picture: ImageReader,
  tiles: readonly Region[],
  signal: AbortSignal | undefined,
): AsyncGenerator<TilePixels> {
  for (const tile of tiles) {
    signal?.throwIfAborted()
    const { data } = await picture.read(tile)
    yield { tile, pixels: tensor('uint8', [tile.height, tile.width, 3], data) }
  }
}

/** What people should know of objects that are larger than a tile. */
function largeNotes(objects: readonly MergedPiece[], { width, height }: Size, least: number): string[] {
  const kept = objects.filter(({ score }) => score >= least).length
  const left = objects.length - kept
  const remedy = `take tiles larger than ${width}x${height} pixels (tile)`
  const count = (n: number, one: string, many: string) => (n === 1 ? `1 ${one}` : `${n} ${many}`)
  return [
    ...(kept > 0
      ? [
          `${count(kept, 'instance is', 'instances are')} larger than a tile and put together from parts, so there may be pieces or gaps: ${remedy}`,
        ]
      : []),
    ...(left > 0
      ? [
          `${count(left, 'object', 'objects')} larger than a tile left out, since parts look less certain than the score asked for: ${remedy}`,
        ]
      : []),
  ]
}

/** An instance of a tile in pixels of its picture; undefined where not a pixel of it was seen. */
function pieceOf(
  { categoryId, score, maskScore, box, mask, keypoints }: Instance,
  tile: Region,
  picture: Size,
): Piece | undefined {
  const { left, top } = tile
  const placed = mask ? placeMask(mask.toRuns(), left, top) : filledBox(box, tile)
  if (!placed) return undefined
  const moved: Box = [box[0] + left, box[1] + top, box[2] + left, box[3] + top]
  return {
    tile,
    label: categoryId,
    score,
    maskScore,
    box: moved,
    mask: placed,
    keypoints: keypoints?.map((point) => ({ ...point, x: point.x + left, y: point.y + top })),
    isCut: isCutBy(tile, placed, picture),
  }
}

/** Every pixel that a box touches, inside its tile. */
function filledBox([x1, y1, x2, y2]: Box, { left, top, width, height }: Region): PlacedMask | undefined {
  const [from, above] = [Math.max(0, Math.floor(x1)), Math.max(0, Math.floor(y1))]
  const [to, below] = [Math.min(width, Math.ceil(x2)), Math.min(height, Math.ceil(y2))]
  if (from >= to || above >= below) return undefined
  return placedBox([left + from, top + above, left + to, top + below])
}
