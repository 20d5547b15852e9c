import { mergeChosen } from '../project/rearranging.ts'
import type { Session } from '../project/session.ts'
import { TEXTS } from '../texts.ts'

/** What can be done with several objects at once. */
export function SeveralChosen({ session }: { readonly session: Session }) {
  const ids = session.chosenIds.value
  return (
    <p class="several">
      {TEXTS.chosenCount(ids.length)}{' '}
      <button type="button" onClick={() => mergeChosen(session)}>
        {TEXTS.merge}
      </button>{' '}
      <button type="button" onClick={() => session.remove(ids)}>
        {TEXTS.removeChosen}
      </button>
    </p>
  )
}
