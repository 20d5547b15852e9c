import { DataError } from '../../errors.ts'

/** Rows of a CSV text (RFC 4180); empty lines are left out. Throws `DataError` for a quote that is not closed. */
export function csvRows(text: string, where: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  // A field in quotes, in which quotes are doubled, or one without; then what ends it.
  const pattern = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex
    const match = pattern.exec(text)
    if (!match) {
      const line = text.slice(0, start).split('\n').length
      throw new DataError('quotes are wrong', { where: `${where}: line ${line}`, expected: 'a CSV file' })
    }
    const [, field, end] = match
    row.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)
    if (end === ',' && pattern.lastIndex < text.length) continue
    if (end === ',') row.push('')
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  return rows
}
