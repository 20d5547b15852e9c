import munkres from 'munkres'

/** A row and the column it goes with. */
export type Pair = readonly [row: number, column: number]

/**
 * The pairs of rows and columns, each in one pair at most, whose worths have the largest sum: linear assignment of any number of
 * rows and columns. `worths` is row-major `[rows, columns]`; pairs worth 0 or less, or nothing that is a number, are never made.
 * In ascending order of rows. Rows and columns without a pair in common are solved apart, so sparse worths of hundreds cost little.
 */
export function assignPairs(worths: ArrayLike<number>, rows: number, columns: number): Pair[] {
  const pairs: Pair[] = []
  for (const part of connectedParts(worths, rows, columns)) {
    const worth = (row: number, column: number) =>
      Math.max(0, worths[part.rows[row] * columns + part.columns[column]] || 0)
    // munkres looks for the least cost, and pairs all of the shorter side.
    const costs = part.rows.map((_, row) => part.columns.map((__, column) => -worth(row, column)))
    for (const [row, column] of munkres(costs)) {
      if (worth(row, column) > 0) pairs.push([part.rows[row], part.columns[column]])
    }
  }
  return pairs.sort(([a], [b]) => a - b)
}

interface Part {
  readonly rows: number[]
  readonly columns: number[]
}

/** Rows and columns that pairs of some worth join, directly or through others. */
function connectedParts(worths: ArrayLike<number>, rows: number, columns: number): Part[] {
  const columnsOf: number[][] = Array.from({ length: rows }, () => [])
  const rowsOf: number[][] = Array.from({ length: columns }, () => [])
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!(worths[row * columns + column] > 0)) continue
      columnsOf[row].push(column)
      rowsOf[column].push(row)
    }
  }
  const parts: Part[] = []
  const [seenRows, seenColumns] = [new Set<number>(), new Set<number>()]
  for (let first = 0; first < rows; first++) {
    if (seenRows.has(first) || columnsOf[first].length === 0) continue
    const part: Part = { rows: [first], columns: [] }
    seenRows.add(first)
    for (const row of part.rows) {
      for (const column of columnsOf[row]) {
        if (seenColumns.has(column)) continue
        seenColumns.add(column)
        part.columns.push(column)
        for (const other of rowsOf[column]) {
          if (seenRows.has(other)) continue
          seenRows.add(other)
          part.rows.push(other)
        }
      }
    }
    parts.push(part)
  }
  return parts
}
