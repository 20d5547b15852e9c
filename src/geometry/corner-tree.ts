/** The corner nearest to a place. */
export interface NearestCorner {
  readonly corner: number
  readonly squaredLength: number
}

/** Corners a leaf of the tree holds. */
const LEAF = 8

/**
 * Corners by where they lie, numbered as they are given, that can be taken out: the nearest is found without a look at all
 * others. Leaves hold corners that lie together (sorted by columns, and by rows within a column: the packing of Leutenegger et
 * al. 1997), and a binary tree of boxes stands over them.
 */
export class CornerTree {
  readonly #xs: Float64Array
  readonly #ys: Float64Array
  /** Corners leaf after leaf, and where each stands there. */
  readonly #order: Uint32Array
  readonly #placeOf: Uint32Array
  readonly #isThere: Uint8Array
  /** Of each node, the first being 1 and the children of n being 2 n and 2 n + 1: corners that are there, and the box of all. */
  readonly #counts: Uint32Array
  readonly #boxes: Float64Array
  readonly #leaves: number

  constructor(xs: Float64Array, ys: Float64Array) {
    const count = xs.length
    this.#xs = xs
    this.#ys = ys
    this.#order = packed(xs, ys)
    this.#placeOf = new Uint32Array(count)
    this.#order.forEach((corner, place) => {
      this.#placeOf[corner] = place
    })
    this.#isThere = new Uint8Array(count).fill(1)
    let leaves = 1
    while (leaves * LEAF < count) leaves *= 2
    this.#leaves = leaves
    this.#counts = new Uint32Array(2 * leaves)
    this.#boxes = new Float64Array(8 * leaves)
    for (let node = 2 * leaves - 1; node >= 1; node--) this.#measure(node)
  }

  /** Takes out a corner that is there. */
  remove(corner: number): void {
    this.#isThere[corner] = 0
    let node = this.#leaves + Math.floor(this.#placeOf[corner] / LEAF)
    for (; node >= 1; node >>= 1) this.#counts[node]--
  }

  /** Of several that are equally near the one of the least number; undefined where all were taken out. */
  nearest(x: number, y: number): NearestCorner | undefined {
    let corner = -1
    let squaredLength = Number.POSITIVE_INFINITY
    const look = (node: number): void => {
      if (this.#counts[node] === 0 || this.#squaredGap(node, x, y) > squaredLength) return
      if (node < this.#leaves) {
        const isSecondNearer = this.#squaredGap(2 * node + 1, x, y) < this.#squaredGap(2 * node, x, y)
        look(isSecondNearer ? 2 * node + 1 : 2 * node)
        look(isSecondNearer ? 2 * node : 2 * node + 1)
        return
      }
      const first = (node - this.#leaves) * LEAF
      const end = Math.min(first + LEAF, this.#order.length)
      for (let place = first; place < end; place++) {
        const other = this.#order[place]
        if (this.#isThere[other] === 0) continue
        const squared = squaredNorm(x - this.#xs[other], y - this.#ys[other])
        if (squared > squaredLength || (squared === squaredLength && other > corner)) continue
        corner = other
        squaredLength = squared
      }
    }
    look(1)
    return corner < 0 ? undefined : { corner, squaredLength }
  }

  #measure(node: number): void {
    let [x1, y1] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    let [x2, y2] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
    if (node < this.#leaves) {
      const [a, b] = [8 * node, 8 * node + 4]
      this.#counts[node] = this.#counts[2 * node] + this.#counts[2 * node + 1]
      x1 = Math.min(this.#boxes[a], this.#boxes[b])
      y1 = Math.min(this.#boxes[a + 1], this.#boxes[b + 1])
      x2 = Math.max(this.#boxes[a + 2], this.#boxes[b + 2])
      y2 = Math.max(this.#boxes[a + 3], this.#boxes[b + 3])
    } else {
      const first = (node - this.#leaves) * LEAF
      const corners = this.#order.subarray(first, first + LEAF)
      this.#counts[node] = corners.length
      for (const corner of corners) {
        x1 = Math.min(x1, this.#xs[corner])
        y1 = Math.min(y1, this.#ys[corner])
        x2 = Math.max(x2, this.#xs[corner])
        y2 = Math.max(y2, this.#ys[corner])
      }
    }
    this.#boxes.set([x1, y1, x2, y2], 4 * node)
  }

  /** From a place to the box of a node; 0 inside. */
  #squaredGap(node: number, x: number, y: number): number {
    const at = 4 * node
    return squaredNorm(
      Math.max(this.#boxes[at] - x, x - this.#boxes[at + 2], 0),
      Math.max(this.#boxes[at + 1] - y, y - this.#boxes[at + 3], 0),
    )
  }
}

/** Corners in columns of about as many as a column has leaves, each from top to bottom. */
function packed(xs: Float64Array, ys: Float64Array): Uint32Array {
  const order = Uint32Array.from(xs, (_, i) => i).sort((a, b) => xs[a] - xs[b] || a - b)
  const column = LEAF * Math.ceil(Math.sqrt(xs.length / LEAF))
  for (let start = 0; start < order.length; start += column) {
    order.subarray(start, start + column).sort((a, b) => ys[a] - ys[b] || a - b)
  }
  return order
}

function squaredNorm(x: number, y: number): number {
  return x * x + y * y
}
