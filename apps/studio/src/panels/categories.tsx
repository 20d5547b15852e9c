import { useSignal } from '@preact/signals'
import { cssColor } from '../board/colors.ts'
import type { Session } from '../project/session.ts'
import { TEXTS } from '../texts.ts'
import { Swatch } from './swatch.tsx'

/** The category of the next outline, and new ones. */
export function Categories({ session }: { readonly session: Session }) {
  const name = useSignal('')
  const add = (event: Event) => {
    event.preventDefault()
    if (name.value.trim() === '') return
    session.categoryId.value = session.addCategory(name.value)
    name.value = ''
  }
  return (
    <section aria-labelledby="categories">
      <h2 id="categories">{TEXTS.categories}</h2>
      <ul class="chips">
        {session.categories.value.map((category, i) => (
          <li key={category.id}>
            <button
              type="button"
              aria-pressed={session.categoryId.value === category.id}
              onClick={() => {
                session.categoryId.value = category.id
              }}
            >
              <Swatch color={cssColor(i)} />
              {category.name}
            </button>
          </li>
        ))}
      </ul>
      <form onSubmit={add}>
        <input
          aria-label={TEXTS.newCategory}
          placeholder={TEXTS.newCategory}
          value={name}
          onInput={({ currentTarget }) => {
            name.value = currentTarget.value
          }}
        />
        <button type="submit">{TEXTS.add}</button>
      </form>
    </section>
  )
}
