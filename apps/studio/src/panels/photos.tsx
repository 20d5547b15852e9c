import type { Signal } from '@preact/signals'
import type { Session } from '../project/session.ts'
import { TEXTS } from '../texts.ts'
import { PhotoActs } from './photo-acts.tsx'

interface Props {
  readonly session: Session
  /** What could not be taken in. */
  readonly problems: Signal<readonly string[]>
}

/** All photos, with how many objects each has. */
export function Photos({ session, problems }: Props) {
  const counts = session.images.value.map(({ id }) => session.histories.value.get(id)?.now.length ?? 0)
  const labelled = counts.filter((count) => count > 0).length
  return (
    <nav aria-labelledby="photos">
      <h2 id="photos">{TEXTS.photos}</h2>
      <p class="pale">{TEXTS.photoCount(labelled, session.images.value.length)}</p>
      <ul>
        {session.images.value.map(({ id, file_name }, i) => (
          <li key={id}>
            <button
              type="button"
              aria-current={id === session.imageId.value ? 'true' : undefined}
              onClick={() => session.show(id)}
            >
              <span class="name">{file_name}</span>
              <span class="count" title={TEXTS.objectCount(counts[i])}>
                {counts[i]}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <PhotoActs session={session} problems={problems} />
    </nav>
  )
}
