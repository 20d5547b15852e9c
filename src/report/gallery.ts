import type { GalleryCase } from './gallery-case.ts'
import { escaped, figureText } from './markup.ts'

const KINDS = {
  'false-positive': 'false positive',
  missed: 'missed',
  'poor-match': 'badly outlined',
} as const

/** The worst cases with what the reader needs to choose among them; `GALLERY_SCRIPT` answers to that. */
export function gallery(cases: readonly GalleryCase[], note: string): string {
  if (cases.length === 0) return '<p class="pale">Nothing is wrong at this threshold.</p>'
  const kinds = options(cases.flatMap(kindsOf))
  const categories = options(cases.map(({ category }) => category))
  const figures = cases.map(figure)
  return `<p class="pale">${escaped(note)}</p>
<form class="choice" id="choice">
<label>Kind <select name="kind"><option value="">all (${cases.length})</option>${kinds}</select></label>
<label>Category <select name="category"><option value="">all</option>${categories}</select></label>
<label>Order <select name="order">
<option value="rank+">worst first</option>
<option value="score-">highest score</option><option value="score+">lowest score</option>
<option value="iou+">lowest IoU</option><option value="iou-">highest IoU</option>
<option value="area-">largest</option><option value="area+">smallest</option>
</select></label>
<fieldset><legend>Outlines</legend>
<label><input type="checkbox" name="truths" checked><span class="key truth"></span>labelled</label>
<label><input type="checkbox" name="predictions" checked><span class="key prediction"></span>predicted</label>
<label><input type="checkbox" name="others" checked><span class="key others"></span>neighbours</label>
</fieldset>
</form>
<p class="pale" id="shown" role="status">${cases.length} cases. Press one to enlarge it.</p>
<div class="gallery" id="gallery">${figures.join('\n')}</div>`
}

/** Both what kind a case is of, and why a false positive is wrong. */
function kindsOf({ case: { kind, error } }: GalleryCase): string[] {
  const isWrong = kind === 'false-positive' && error
  return isWrong ? [KINDS[kind], `${KINDS[kind]}: ${error}`] : [KINDS[kind]]
}

function options(values: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const ordered = [...counts].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  return ordered
    .map(([value, count]) => `<option value="${escaped(value)}">${escaped(value)} (${count})</option>`)
    .join('')
}

function figure(shown: GalleryCase, rank: number): string {
  const { case: worst, category, trueCategory, fileName } = shown
  const { score, iou, area, error, kind } = worst
  const sortedBy = [
    `data-rank="${rank}"`,
    `data-area="${area}"`,
    ...(score === undefined ? [] : [`data-score="${score}"`]),
    ...(iou === undefined ? [] : [`data-iou="${iou}"`]),
  ]
  const what = kind === 'false-positive' && error ? `${KINDS[kind]}: ${error}` : KINDS[kind]
  const names = trueCategory === undefined ? category : `${category}, truly ${trueCategory}`
  const facts = [
    ...(score === undefined ? [] : [`score ${figureText(score)}`]),
    ...(iou === undefined ? [] : [`IoU ${figureText(iou)}`]),
    `${Math.round(area).toLocaleString('en-US')} px`,
  ]
  return `<figure class="case ${kind}" data-kind="${escaped(kindsOf(shown).join('\n'))}" data-category="${escaped(category)}" ${sortedBy.join(' ')}>
<button type="button" aria-expanded="false" aria-label="${escaped(`${what}, ${names}, ${fileName}`)}">${drawing(shown)}</button>
<figcaption><strong>${escaped(what)}</strong><span>${escaped(names)}</span><span>${facts.join(' · ')}</span><span class="file">${escaped(fileName)}</span></figcaption>
</figure>`
}

/** Outlines over the picture; those of the case itself come last, on top. */
function drawing({ window, picture, ...paths }: GalleryCase): string {
  const { left, top, width, height } = window
  const image = picture
    ? `<image href="${picture.uri}" x="${left}" y="${top}" width="${picture.width * picture.block}" height="${picture.height * picture.block}" preserveAspectRatio="none"/>`
    : ''
  const outline = (kind: string, path: string) => (path === '' ? '' : `<path class="${kind}" d="${path}"/>`)
  return `<svg viewBox="${left} ${top} ${width} ${height}" aria-hidden="true">${image}${outline('truths others', paths.otherTruths)}${outline('predictions others', paths.otherPredictions)}${outline('truths', paths.truth)}${outline('predictions', paths.prediction)}</svg>`
}

export const GALLERY_STYLE = `
:root { --truth: #27d3ff; --prediction: #ff9d1e; }
.choice { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; font-size: 0.9rem; }
.choice select { font: inherit; max-width: 14rem; padding: 0.25rem; }
.choice fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
.choice legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.choice input { margin: 0 0.35rem 0 0; }
.key { display: inline-block; width: 1.2rem; height: 0; border-top: 3px solid; vertical-align: middle; margin-right: 0.35rem;
  box-shadow: 0 0 0 1px #0009; }
.key.truth { border-color: var(--truth); }
.key.prediction { border-color: var(--prediction); }
.key.others { border-top-width: 1px; border-color: #ddd; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10rem), 1fr)); gap: 0.75rem; grid-auto-flow: dense; }
.case { margin: 0; min-width: 0; background: var(--card); border-radius: 0.5rem; overflow: hidden; }
.case[hidden] { display: none; }
.case button { all: unset; display: block; width: 100%; cursor: zoom-in; background: #777; }
.case button:focus-visible { outline: 3px solid var(--accent); outline-offset: -3px; }
.case button[aria-expanded=true] { cursor: zoom-out; }
.case:has([aria-expanded=true]) { grid-column: span 3; grid-row: span 3; }
@media (max-width: 40rem) { .case:has([aria-expanded=true]) { grid-column: 1 / -1; grid-row: auto; } }
.case svg { display: block; width: 100%; aspect-ratio: 1; }
.case path { fill: none; stroke-width: 2px; vector-effect: non-scaling-stroke; stroke-linejoin: round;
  filter: drop-shadow(0 0 1px #000); }
.case .others { stroke-width: 1px; opacity: 0.75; }
.case .truths { stroke: var(--truth); }
.case .predictions { stroke: var(--prediction); }
.no-truths .truths, .no-predictions .predictions, .no-others .others { display: none; }
.case figcaption { padding: 0.4rem 0.6rem 0.6rem; line-height: 1.35; font-size: 0.8rem; }
.case figcaption > * { display: block; }
.case strong { color: var(--ink); font-size: 0.85rem; }
.case .file { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
`

/** Filters and orders the cases as the form says; cases without the figure to order by come last. */
export const GALLERY_SCRIPT = `
(() => {
  const form = document.getElementById('choice')
  if (!form) return
  const place = document.getElementById('gallery')
  const status = document.getElementById('shown')
  const cases = [...place.children]
  const choose = () => {
    const { kind, category, order } = Object.fromEntries(new FormData(form))
    for (const name of ['truths', 'predictions', 'others']) place.classList.toggle('no-' + name, !form.elements[name].checked)
    let count = 0
    for (const each of cases) {
      each.hidden = !((!kind || each.dataset.kind.split('\\n').includes(kind)) && (!category || each.dataset.category === category))
      if (!each.hidden) count++
    }
    const [name, sign] = [order.slice(0, -1), order.at(-1) === '-' ? -1 : 1]
    const key = (each) => each.dataset[name] === undefined ? Infinity : sign * Number(each.dataset[name])
    place.append(...cases.toSorted((a, b) => key(a) - key(b) || a.dataset.rank - b.dataset.rank))
    status.textContent = count === 1 ? '1 case.' : count + ' cases.'
  }
  form.addEventListener('change', choose)
  form.addEventListener('submit', (event) => event.preventDefault())
  for (const button of place.querySelectorAll('button')) {
    button.addEventListener('click', () => { button.ariaExpanded = String(button.ariaExpanded !== 'true') })
  }
  choose()
})()
`
