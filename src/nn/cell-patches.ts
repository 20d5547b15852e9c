import type { Value } from '../graph/value.ts'
import { add, and, cast, clamp, equal, mul, sub } from '../ops/elementwise.ts'
import { gather } from '../ops/gather.ts'
import {
  concat,
  range,
  reshape,
  type Size,
  sizeAdd,
  sizeMul,
  sizeOf,
  sizes,
  unsqueeze,
} from '../ops/layout.ts'

/** Cells of L maps, int64 `[S]` each. */
export interface Cells {
  readonly level: Value<'int64'>
  readonly image: Value<'int64'>
  readonly y: Value<'int64'>
  readonly x: Value<'int64'>
}

/**
 * What a convolution with an odd square kernel and padding that keeps the size sees at single cells: maps
 * `[N, C, Hl, Wl]` -> `[S, C * kernel * kernel]`, in the order of its weight, zeros outside. A product with the weight is
 * the convolution at these cells; where few cells matter this saves the rest, above all of the gradient.
 */
export function cellPatches(
  maps: readonly Value<'float32'>[],
  { level, image, y, x }: Cells,
  kernel: number,
): Value<'float32'> {
  const channels = sizeOf(maps[0], 1)
  const count = sizeOf(level, 0)
  const table = (of: (map: Value, index: number) => Size) => unsqueeze(gather(sizes(maps.map(of)), level), 1)
  const height = table((map) => sizeOf(map, 2))
  const width = table((map) => sizeOf(map, 3))
  const starts = mapStarts(maps)
  const start = table((_, index) => starts[index])

  const taps = sub(range(kernel), (kernel - 1) / 2)
  const [rowShape, columnShape] = [
    [kernel, 1],
    [1, kernel],
  ]
  const place = (centre: Value<'int64'>, limit: Value<'int64'>, shape: readonly number[]) => {
    const inside = unsqueeze(add(unsqueeze(centre, 1), reshape(taps, [1, kernel])), 2)
    const at = reshape(inside, [count, ...shape])
    const last = reshape(sub(limit, 1), [count, 1, 1])
    const clamped = clamp(at, 0, last)
    return { at: clamped, isInside: equal(at, clamped) }
  }
  const rows = place(y, height, rowShape)
  const columns = place(x, width, columnShape)
  const inPlane = add(mul(rows.at, unsqueeze(width, 2)), columns.at)
  const plane = mul(height, width)
  const ofChannel = mul(
    add(mul(unsqueeze(image, 1), sizes([channels])), unsqueeze(range(channels), 0)),
    plane,
  )
  const taken = reshape(inPlane, [count, 1, kernel * kernel])
  const indices = add(unsqueeze(add(start, ofChannel), 2), taken)
  const flat = concat(
    maps.map((map) => reshape(map, [elementsOf(map)])),
    0,
  )
  const isInside = reshape(and(rows.isInside, columns.isInside), [count, 1, kernel * kernel])
  const patches = mul(gather(flat, indices), cast(isInside, 'float32'))
  return reshape(patches, [count, sizeMul(channels, kernel * kernel)])
}

function mapStarts(maps: readonly Value[]): Size[] {
  const starts: Size[] = [0]
  for (const map of maps.slice(0, -1)) starts.push(sizeAdd(starts[starts.length - 1], elementsOf(map)))
  return starts
}

function elementsOf(map: Value): Size {
  return map.shape.map((_, axis) => sizeOf(map, axis)).reduce<Size>(sizeMul, 1)
}
