import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Session } from '../project/session.ts'
import { madeResults } from '../results/all-results.ts'
import type { ResultKind } from '../results/result-files.ts'
import type { FoundPhoto } from '../results/totals.ts'
import { TEXTS } from '../texts.ts'
import { Problem } from './problem.tsx'
import { saveFile } from './save-file.ts'

const T = TEXTS.allFinds
const KINDS: readonly ResultKind[] = ['coco', 'csv', 'labels', 'overlay', 'svg']

/** Notes that are listed. */
const MOST_LISTED = 20

interface Props {
  readonly session: Session
  readonly found: readonly FoundPhoto[]
  readonly pixelSize: number | undefined
}

/** What was found on all photos, as files. */
export function AllResults({ session, found, pixelSize }: Props) {
  const saving = useSignal<{ readonly done: number; readonly control: AbortController }>()
  const notes = useSignal<readonly string[]>([])
  const problem = useSignal<string>()
  useEffect(() => () => saving.value?.control.abort(), [])
  const save = async (kind: ResultKind) => {
    const control = new AbortController()
    const { signal } = control
    const onPhoto = (done: number) => {
      saving.value = { done, control }
    }
    onPhoto(0)
    problem.value = undefined
    notes.value = []
    try {
      const photo = (id: number) => session.place.file(id, signal)
      const order = { kind, name: session.name, found, pixelSize }
      const made = await madeResults(order, { photo, onPhoto }, signal)
      notes.value = made.notes
      saveFile(made.name, made.content)
    } catch (error) {
      if (!signal.aborted) problem.value = (error as Error).message
    }
    saving.value = undefined
  }
  return (
    <>
      <p class="pale">{TEXTS.downloads}</p>
      {saving.value ? (
        <p class="finding" role="status">
          {T.saving} <progress aria-label={T.saving} max={found.length} value={saving.value.done} />
          <button type="button" onClick={() => saving.value?.control.abort()}>
            {TEXTS.cancel}
          </button>
        </p>
      ) : (
        <div class="acts">
          {KINDS.map((kind) => (
            <button key={kind} type="button" onClick={() => save(kind)}>
              {T.kinds[kind]}
            </button>
          ))}
        </div>
      )}
      {notes.value.slice(0, MOST_LISTED).map((note) => (
        <p key={note} class="pale">
          {note}.
        </p>
      ))}
      {notes.value.length > MOST_LISTED && (
        <p class="pale">{TEXTS.moreFindings(notes.value.length - MOST_LISTED)}</p>
      )}
      <Problem of={problem} />
    </>
  )
}
