import './photos.css'
import type { Signal } from '@preact/signals'
import type { Models } from '../project/models.ts'
import type { Order, Queue, Shown } from '../project/queue.ts'
import type { Session } from '../project/session.ts'
import { TEXTS } from '../texts.ts'
import { Failed } from './all-finds.tsx'
import { PhotoActs } from './photo-acts.tsx'
import { Problem } from './problem.tsx'
import { VirtualList } from './virtual-list.tsx'

interface Props {
  readonly session: Session
  readonly queue: Queue
  readonly models: Models
  /** What could not be taken in. */
  readonly problems: Signal<readonly string[]>
}

/** The photos that are gone through, with how many objects each has. */
export function Photos({ session, queue, models, problems }: Props) {
  const { images, listed, histories, imageId } = session
  const countOf = (id: number) => histories.value.get(id)?.now.length ?? 0
  const labelled = images.value.reduce((sum, { id }) => sum + (countOf(id) > 0 ? 1 : 0), 0)
  const checked = images.value.reduce((sum, image) => sum + (image.checked ? 1 : 0), 0)
  return (
    <nav aria-labelledby="photos">
      <h2 id="photos">{TEXTS.photos}</h2>
      <p class="pale">
        {TEXTS.photoCount(labelled, images.value.length)}
        {checked > 0 && `, ${TEXTS.checkedCount(checked)}`}
      </p>
      <div class="queue">
        <Choice<Shown> text={TEXTS.shownPhotos} value={queue.shown} texts={TEXTS.shown} />
        <Choice<Order> text={TEXTS.photoOrder} value={queue.order} texts={TEXTS.orders} />
        {session.finder.value && <Look session={session} queue={queue} />}
      </div>
      {listed.value.length === 0 && <p class="pale">{TEXTS.noPhotoLeft}</p>}
      <VirtualList
        items={listed.value}
        keyOf={({ id }) => id}
        active={listed.value.findIndex(({ id }) => id === imageId.value)}
        row={({ id, file_name, checked: isChecked }) => (
          <button
            type="button"
            aria-current={id === imageId.value ? 'true' : undefined}
            onClick={() => session.show(id)}
          >
            <span class="name">{file_name}</span>
            <span>
              {isChecked && (
                <span class="checked" role="img" aria-label={TEXTS.checked}>
                  ✓{' '}
                </span>
              )}
              <span class="count" title={TEXTS.objectCount(countOf(id))}>
                {countOf(id)}
              </span>
            </span>
          </button>
        )}
      />
      <PhotoActs session={session} models={models} problems={problems} />
    </nav>
  )
}

interface ChoiceProps<Value extends string> {
  readonly text: string
  readonly value: Signal<Value>
  readonly texts: Readonly<Record<Value, string>>
}

function Choice<Value extends string>({ text, value, texts }: ChoiceProps<Value>) {
  return (
    <label>
      {text}{' '}
      <select
        value={value}
        onChange={({ currentTarget }) => {
          value.value = currentTarget.value as Value
        }}
      >
        {Object.entries<string>(texts).map(([name, shown]) => (
          <option key={name} value={name}>
            {shown}
          </option>
        ))}
      </select>
    </label>
  )
}

/** The model looks at all photos, so that they can be put in the order of its doubts. */
function Look({ session, queue }: { readonly session: Session; readonly queue: Queue }) {
  const { value: looking } = queue.going
  return (
    <>
      <button type="button" onClick={looking ? queue.giveUp : queue.look}>
        {looking ? TEXTS.stopLooking(looking.done, looking.all) : TEXTS.lookAtAll}
      </button>
      <Problem of={queue.problem} />
      <Failed round={queue} session={session} />
    </>
  )
}
