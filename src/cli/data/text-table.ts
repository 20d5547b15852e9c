/** Columns of numbers to the right, of words to the left. */
export function* table(rows: readonly (readonly string[])[]): Generator<string> {
  const columns = rows[0].map((_, column) => rows.map((row) => row[column]))
  const widths = columns.map((cells) => Math.max(...cells.map(({ length }) => length)))
  const isNumeric = columns.map((cells) => cells.slice(1).every((cell) => /^[-\d./ %]+$/.test(cell)))
  for (const row of rows) {
    const cells = row.map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
    yield `  ${cells.join('  ')}`.trimEnd()
  }
}
