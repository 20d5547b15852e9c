import { type Motion, movedOn, seenAt, startMotion } from './motion.ts'
import { centerOf, type Shape, shifted, similarity, sizeOf } from './shape.ts'

/** A shape, and where the track was thought to be when it had it. */
interface Kept {
  readonly shape: Shape
  readonly at: readonly [x: number, y: number]
}

/** Share of its usual area below which an object counts as partly hidden. */
const WHOLE = 0.85
/** How fast the usual area follows what is seen: slower than objects pass one another. */
const AREA_RATE = 0.02

/** What is known of one object over time. */
export class Track {
  readonly id: number
  readonly categoryId: number | undefined
  /** Frames in which it was seen. */
  hits = 1
  /** Frames since it was last seen. */
  lost = 0
  #x: Motion
  #y: Motion
  /** As last seen. */
  #seen: Kept
  /** As last seen whole. */
  #whole: Kept
  #lastPlace: readonly [x: number, y: number]
  #usualArea: number

  constructor(id: number, shape: Shape, categoryId?: number) {
    const [x, y] = centerOf(shape)
    this.id = id
    this.categoryId = categoryId
    this.#x = startMotion(x, sizeOf(shape))
    this.#y = startMotion(y, sizeOf(shape))
    this.#seen = { shape, at: [x, y] }
    this.#whole = this.#seen
    this.#lastPlace = [x, y]
    this.#usualArea = shape.area
  }

  /** In pixels, as last seen whole. */
  get size(): number {
    return sizeOf(this.#whole.shape)
  }

  get usualArea(): number {
    return this.#usualArea
  }

  /** One frame on, unseen until `observe` says otherwise. */
  predict(): void {
    this.#x = movedOn(this.#x, this.size)
    this.#y = movedOn(this.#y, this.size)
    this.lost++
  }

  /** IoU with a shape where the track is expected, as it was last seen or as it was last seen whole: the higher of both. */
  similarityTo(shape: Shape): number {
    const seen = similarity(this.#expected(this.#seen), shape)
    if (this.#whole === this.#seen) return seen
    return Math.max(seen, similarity(this.#expected(this.#whole), shape))
  }

  /** Pixels from where it is expected to where it is by a shape. */
  surprise(shape: Shape): number {
    const [x, y] = this.#placeBy(shape)
    return Math.hypot(x - this.#x.position, y - this.#y.position)
  }

  /** Pixels from where it was last seen to where it is by a shape. */
  wayFromLast(shape: Shape): number {
    const [x, y] = this.#placeBy(shape)
    return Math.hypot(x - this.#lastPlace[0], y - this.#lastPlace[1])
  }

  /** It was seen in this frame. */
  observe(shape: Shape): void {
    const [x, y] = this.#placeBy(shape)
    this.#x = seenAt(this.#x, x, this.size)
    this.#y = seenAt(this.#y, y, this.size)
    this.#seen = { shape, at: [this.#x.position, this.#y.position] }
    if (this.#isWhole(shape)) this.#whole = this.#seen
    this.#lastPlace = [x, y]
    this.#usualArea += AREA_RATE * (shape.area - this.#usualArea)
    this.hits++
    this.lost = 0
  }

  #expected({ shape, at }: Kept): Shape {
    return shifted(shape, this.#x.position - at[0], this.#y.position - at[1])
  }

  #isWhole(shape: Shape): boolean {
    return shape.area >= WHOLE * this.#usualArea
  }

  /**
   * Where the object is by a shape: at its centre. A partly hidden object only lies somewhere around the part that is seen: it is
   * where it was expected, moved no farther than that takes.
   */
  #placeBy(shape: Shape): readonly [x: number, y: number] {
    if (this.#isWhole(shape)) return centerOf(shape)
    const [left, top, right, bottom] = shape.box
    const [x1, y1, x2, y2] = this.#whole.shape.box
    return [around(this.#x.position, left, right, x2 - x1), around(this.#y.position, top, bottom, y2 - y1)]
  }
}

/** The middle nearest to `expected` of a span of some length that has the part from `from` to `to` in it, or lies in the part. */
function around(expected: number, from: number, to: number, length: number): number {
  const [a, b] = [to - length / 2, from + length / 2]
  return Math.min(Math.max(expected, Math.min(a, b)), Math.max(a, b))
}
