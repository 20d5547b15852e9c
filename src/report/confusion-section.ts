import type { ConfusionMatrix } from '../evaluation/confusion.ts'
import { plainTable } from './evaluation-tables.ts'
import { escaped } from './markup.ts'

/** Categories shown as they are; of more, those most often taken for one another, the rest as one. */
const SHOWN = 16
const PAIRS = 12

/** A matrix small enough to be read: rows true, columns predicted, the last row and column the background. */
export interface ShownMatrix {
  readonly names: readonly string[]
  readonly counts: readonly (readonly number[])[]
}

/** Which category was taken for which: the pairs that happen most, and the matrix. */
export function confusionSection(confusion: ConfusionMatrix): string {
  const shown = shownMatrix(confusion)
  const pairs = confusedPairs(confusion).slice(0, PAIRS)
  const list = plainTable(
    ['Labelled', 'Predicted', 'How often', 'of all labelled'],
    pairs.map(({ truth, prediction, count, share }) => [
      escaped(truth),
      escaped(prediction),
      count.toLocaleString('en-US'),
      `${(100 * share).toFixed(1)} %`,
    ]),
    'pairs',
  )
  return `${pairs.length ? `<h3>Most often taken for one another</h3>${list}` : ''}
<h3>${shown.names.length - 1 < confusion.categories.length ? 'Categories most often taken for others' : 'All categories'}</h3>
${matrixTable(shown)}`
}

function matrixTable({ names, counts }: ShownMatrix): string {
  const head = names.map((name) => `<th scope="col"><span>${escaped(name)}</span></th>`).join('')
  const rows = counts.map((row, r) => {
    const total = row.reduce((sum, value) => sum + value, 0)
    const cells = row.map((value, c) => {
      // Nothing was neither there nor found: the corner has no meaning.
      if (r === c && r === counts.length - 1) return '<td></td>'
      const share = total > 0 ? (100 * value) / total : 0
      const kind = r === c ? 'right' : 'wrong'
      return `<td class="${kind}" style="--share:${share.toFixed(1)}%" title="${share.toFixed(1)} %">${value === 0 ? '<span class="pale">·</span>' : value.toLocaleString('en-US')}</td>`
    })
    return `<tr><th scope="row">${escaped(names[r])}</th>${cells.join('')}</tr>`
  })
  return `<div class="table" tabindex="0" role="region" aria-label="Confusion matrix"><table class="confusion">
<thead><tr><th class="corner">labelled ↓ predicted →</th>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

/** The whole matrix, or where it is too large the categories most confused, all others counted together. */
export function shownMatrix({ categories, counts }: ConfusionMatrix): ShownMatrix {
  const K = categories.length
  if (K <= SHOWN) return { names: [...categories, 'background'], counts }
  const confused = categories.map((_, k) => {
    let total = 0
    for (let other = 0; other < K; other++) if (other !== k) total += counts[k][other] + counts[other][k]
    return { k, total }
  })
  const chosen = confused
    .toSorted((a, b) => b.total - a.total || a.k - b.k)
    .slice(0, SHOWN)
    .map(({ k }) => k)
    .sort((a, b) => a - b)
  const place = new Map(chosen.map((k, i) => [k, i]))
  const placeOf = (k: number) => (k === K ? SHOWN + 1 : (place.get(k) ?? SHOWN))
  const shown = Array.from({ length: SHOWN + 2 }, () => new Array<number>(SHOWN + 2).fill(0))
  counts.forEach((row, r) => {
    row.forEach((value, c) => {
      shown[placeOf(r)][placeOf(c)] += value
    })
  })
  return { names: [...chosen.map((k) => categories[k]), 'all others', 'background'], counts: shown }
}

/** Categories taken for others, most often first; `share` is of all objects of the true category. */
export function confusedPairs({ categories, counts }: ConfusionMatrix) {
  return categories
    .flatMap((truth, r) => {
      const total = counts[r].reduce((sum, value) => sum + value, 0)
      return categories.flatMap((prediction, c) => {
        const count = counts[r][c]
        return r === c || count === 0 ? [] : [{ truth, prediction, count, share: count / total }]
      })
    })
    .sort((a, b) => b.count - a.count || b.share - a.share)
}

export const CONFUSION_STYLE = `
.confusion { border-collapse: separate; border-spacing: 1px; font-size: 0.85rem; }
.confusion th, .confusion td { border: 0; padding: 0.25rem 0.5rem; }
.confusion td { text-align: center; border-radius: 0.2rem; min-width: 2.2rem;
  background: color-mix(in srgb, var(--heat) min(var(--share, 0%) * 0.85, 85%), var(--card)); }
.confusion td.right { --heat: #2ca25f; }
.confusion td.wrong { --heat: #e4572e; }
.confusion th:first-child { position: sticky; left: 0; background: var(--paper); max-width: 9rem; overflow: hidden; text-overflow: ellipsis; }
.confusion thead th { vertical-align: bottom; font-weight: 500; }
.confusion .corner { white-space: normal; min-width: 6rem; color: var(--pale); }
.confusion thead th span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 8rem; overflow: hidden; text-overflow: ellipsis; }
.pairs { margin-bottom: 1.25rem; }
.pairs td:nth-child(2) { text-align: left; }
`
