import { escaped } from './markup.ts'

export interface Column {
  readonly title: string
  /** What the column tells, for the curious. */
  readonly about?: string
  /** Cannot be sorted by: pictures. */
  readonly isFixed?: boolean
}

/** What a cell shows; `value` is what it is sorted by (the text itself where absent), null comes last either way. */
export interface TableCell {
  readonly text?: string
  /** Instead of a text: markup, already escaped. */
  readonly markup?: string
  readonly value?: number | null
}

/**
 * A table whose rows the reader sorts by pressing the title of a column; `TABLE_SCRIPT` does the sorting. `sorted`
 * tells the column the rows are in order of already.
 */
export function sortableTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly TableCell[])[],
  sorted?: { readonly column: number; readonly order: 'ascending' | 'descending' },
): string {
  const head = columns.map(({ title, about, isFixed }, i) => {
    const hint = about ? ` title="${escaped(about)}"` : ''
    if (isFixed) return `<th scope="col"${hint}>${escaped(title)}</th>`
    const order = sorted?.column === i ? sorted.order : 'none'
    return `<th scope="col" aria-sort="${order}"${hint}><button type="button">${escaped(title)}</button></th>`
  })
  const body = rows.map((cells) => {
    const row = cells.map(({ text = '', markup, value }, i) => {
      const sortedBy = value === undefined ? '' : ` data-value="${value ?? ''}"`
      const tag = i === 0 ? 'th scope="row"' : 'td'
      return `<${tag}${sortedBy}>${markup ?? escaped(text)}</${i === 0 ? 'th' : 'td'}>`
    })
    return `<tr>${row.join('')}</tr>`
  })
  return `<div class="table tall" tabindex="0" role="region" aria-label="${escaped(caption)}"><table class="sortable">
<thead><tr>${head.join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody>
</table></div>`
}

export const TABLE_STYLE = `
.tall { max-height: 36rem; overflow-y: auto; }
.sortable { border-collapse: separate; border-spacing: 0; }
.sortable td, .sortable tbody th { padding-block: 4px; line-height: 24px; }
.sortable thead th { position: sticky; top: 0; z-index: 2; background: var(--paper); }
.sortable thead th { padding: 0; }
.sortable thead th:not([aria-sort]) { padding: 0.3rem 0.75rem; }
.sortable thead button { all: unset; box-sizing: border-box; width: 100%; padding: 0.3rem 0.75rem; cursor: pointer; font-weight: 600; }
.sortable thead button:focus-visible, .table:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.sortable thead button::after { content: '\\2195'; opacity: 0.35; padding-left: 0.3em; font-size: 0.8em; }
.sortable [aria-sort=ascending] button::after { content: '\\2191'; opacity: 1; }
.sortable [aria-sort=descending] button::after { content: '\\2193'; opacity: 1; }
.sortable th:first-child { position: sticky; left: 0; z-index: 1; background: var(--paper); padding-right: 0.75rem; }
.sortable thead th:first-child { z-index: 3; }
.sortable tbody th { font-weight: 500; max-width: 11rem; overflow: hidden; text-overflow: ellipsis; }
.sortable thead th:first-child button { padding-left: 0; }
`

/** Sorts numbers from the largest down at the first press and texts from A on; the second press turns the order round. */
export const TABLE_SCRIPT = `
for (const table of document.querySelectorAll('table.sortable')) {
  const titles = [...table.tHead.rows[0].cells]
  const body = table.tBodies[0]
  const keyOf = (cell) => {
    if (cell.dataset.value === undefined) return cell.textContent
    return cell.dataset.value === '' ? null : Number(cell.dataset.value)
  }
  const compare = (a, b) => typeof a === 'number' ? a - b : a.localeCompare(b, 'en', { numeric: true })
  titles.forEach((title, column) => title.querySelector('button')?.addEventListener('click', () => {
    const rows = [...body.rows].map((row) => ({ row, key: keyOf(row.cells[column]) }))
    const known = rows.filter(({ key }) => key !== null)
    const first = typeof known[0]?.key === 'number' ? 'descending' : 'ascending'
    const other = first === 'descending' ? 'ascending' : 'descending'
    const order = title.ariaSort === first ? other : first
    for (const each of titles) if (each.ariaSort) each.ariaSort = each === title ? order : 'none'
    known.sort((a, b) => (order === 'ascending' ? 1 : -1) * compare(a.key, b.key))
    body.append(...known.map(({ row }) => row), ...rows.filter(({ key }) => key === null).map(({ row }) => row))
  }))
}
`
