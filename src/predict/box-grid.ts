import type { Box } from '../geometry/boxes.ts'

/** Things by where their boxes lie, so that finding what a box meets costs no look at all the others. */
export class BoxGrid<T> {
  private readonly cells = new Map<number, { readonly box: Box; readonly thing: T }[]>()
  private readonly side: number

  /** @param side of a cell, about that of a usual box */
  constructor(side: number) {
    this.side = side
  }

  add(box: Box, thing: T): void {
    for (const cell of this.cellsOf(box)) {
      const entries = this.cells.get(cell)
      if (entries) entries.push({ box, thing })
      else this.cells.set(cell, [{ box, thing }])
    }
  }

  /** Everything whose box shares area with this one, each once. */
  meeting(box: Box): Set<T> {
    const found = new Set<T>()
    for (const cell of this.cellsOf(box)) {
      for (const { box: other, thing } of this.cells.get(cell) ?? []) {
        const meets = other[0] < box[2] && box[0] < other[2] && other[1] < box[3] && box[1] < other[3]
        if (meets) found.add(thing)
      }
    }
    return found
  }

  private *cellsOf([x1, y1, x2, y2]: Box): Generator<number> {
    const cell = (v: number) => Math.floor(v / this.side)
    for (let y = cell(y1); y <= cell(y2); y++) {
      for (let x = cell(x1); x <= cell(x2); x++) yield y * 2 ** 20 + x
    }
  }
}
