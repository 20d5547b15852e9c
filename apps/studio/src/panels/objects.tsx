import { cssColor } from '../board/colors.ts'
import type { Session } from '../project/session.ts'
import { TEXTS } from '../texts.ts'
import { ChosenRow } from './chosen-row.tsx'
import { SeveralChosen } from './several-chosen.tsx'
import { Swatch } from './swatch.tsx'

/** The objects of the photo: what the board shows, for the keyboard. */
export function Objects({ session }: { readonly session: Session }) {
  const categories = session.categories.value
  const placeOf = (categoryId: number) => categories.findIndex(({ id }) => id === categoryId)
  const several = session.chosenIds.value.length
  const boxes = session.objects.value.filter(
    ({ segmentation }) => !('counts' in segmentation) && segmentation.length === 0,
  ).length
  return (
    <section aria-labelledby="objects">
      <h2 id="objects">
        {TEXTS.objects} <span class="count">{session.objects.value.length}</span>
      </h2>
      {session.objects.value.length === 0 && <p class="pale">{TEXTS.noObjects}</p>}
      {boxes > 0 && boxes < session.objects.value.length && <p class="pale">{TEXTS.boxesAlone(boxes)}</p>}
      {several > 1 && <SeveralChosen session={session} />}
      <ol class="objects">
        {session.objects.value.map(({ id, category_id, segmentation }, i) => {
          const name = categories[placeOf(category_id)]?.name ?? `${category_id}`
          return (
            <ChosenRow
              key={id}
              isChosen={session.chosenIds.value.includes(id)}
              onChoose={(isChosen, isMore) => {
                session.tool.value = 'select'
                if (isMore || session.isChoosingMore.value) session.chooseAlso(id)
                else session.choose(isChosen || several > 1 ? [id] : [])
              }}
              label={
                <>
                  <Swatch color={cssColor(placeOf(category_id))} />
                  {i + 1} {name}
                </>
              }
            >
              <select
                aria-label={TEXTS.categories}
                value={category_id}
                onChange={({ currentTarget }) => session.recategorise([id], Number(currentTarget.value))}
              >
                {categories.map((category) => (
                  <option key={category.id} value={category.id}>
                    {category.name}
                  </option>
                ))}
              </select>
              {('counts' in segmentation || segmentation.length === 0) && (
                <button type="button" onClick={() => session.outline(id)}>
                  {TEXTS.edit}
                </button>
              )}
              <button type="button" onClick={() => session.remove([id])}>
                {TEXTS.remove}
              </button>
            </ChosenRow>
          )
        })}
      </ol>
    </section>
  )
}
