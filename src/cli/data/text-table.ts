/** Columns of numbers to the right, of words to the left. */
export function* table(rows: readonly (readonly string[])[]): Generator<string> {
  const isNumeric = rows[0].map((_, column) => rows.slice(1).every((row) => /^[-\d./ %]+$/.test(row[column])))
  for (const line of aligned(rows, isNumeric)) yield `  ${line}`
}

/** Rows whose columns are as wide as their longest cell, and stand to the right where `isRight` says so. */
export function aligned(rows: readonly (readonly string[])[], isRight: readonly boolean[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) =>
    row
      .map((cell, i) => (isRight[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  )
}
