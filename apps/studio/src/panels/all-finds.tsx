import './all-finds.css'
import type { AllFinds } from '../project/all-finds.ts'
import type { Round } from '../project/round.ts'
import type { Scale } from '../project/scale.ts'
import type { Session } from '../project/session.ts'
import { diameterOf, sizeText } from '../results/object-sizes.ts'
import { TEXTS } from '../texts.ts'
import { AllResults } from './all-results.tsx'
import { Problem } from './problem.tsx'
import { PixelSize } from './results.tsx'
import { Slider } from './slider.tsx'
import { VirtualList } from './virtual-list.tsx'

const T = TEXTS.allFinds

interface Props {
  readonly session: Session
  readonly finds: AllFinds
  readonly scale: Scale
}

/** The model looks at all photos; what it finds on them is counted, measured and saved together. */
export function AllFindsPanel({ session, finds, scale }: Props) {
  const waiting = finds.waiting.value.length
  const isAll = waiting === session.images.value.length
  return (
    <section aria-labelledby="all-finds" class="all-finds">
      <h2 id="all-finds">{T.title}</h2>
      {finds.going.value ? (
        <Going round={finds} />
      ) : (
        <button type="button" disabled={waiting === 0} onClick={finds.find}>
          {waiting === 0 ? T.allSeen : isAll ? T.find(waiting) : T.findOthers(waiting)}
        </button>
      )}
      <Problem of={finds.problem} />
      <Failed round={finds} session={session} />
      {[...finds.notes.value].map(([note, count]) => (
        <p key={note} class="pale">
          {T.noteOf(note, count)}
        </p>
      ))}
      {finds.hasFound.value && <Found {...{ session, finds, scale }} />}
    </section>
  )
}

function Going({ round }: { readonly round: Round }) {
  const { done, all, text } = round.going.value ?? { done: 0, all: 1, text: '' }
  return (
    <>
      <p role="status">{T.seen(done, all)}</p>
      <progress aria-label={T.progress} max={all} value={done} />
      <p class="pale">{text}</p>
      <button type="button" onClick={round.giveUp}>
        {TEXTS.cancel}
      </button>
    </>
  )
}

/** Photos that could not be looked at, and why. */
export function Failed({ round, session }: { readonly round: Round; readonly session: Session }) {
  const failed = round.failed.value
  if (failed.length === 0) return null
  return (
    <details class="failed">
      <summary>
        <span class="wrong" role="status">
          {T.failed(failed.length)}
        </span>
      </summary>
      <ul class="findings">
        {failed.map(({ image, reason }) => (
          <li key={image.id}>
            <button type="button" onClick={() => session.show(image.id)}>
              {T.of(image.file_name, reason)}
            </button>
          </li>
        ))}
      </ul>
    </details>
  )
}

function Found({ session, finds, scale }: Props) {
  const { count, area, categories, photos } = finds.totals.value
  const pixelSize = scale.micrometres.value
  const mean = area / Math.max(1, count)
  return (
    <>
      <Slider text={T.leastScore} value={session.leastScore} min={0.05} max={1} step={0.01}>
        <output>{session.leastScore.value.toFixed(2)}</output>
      </Slider>
      <p>
        {T.onPhotos(photos.length)}{' '}
        {TEXTS.sizes(
          count,
          sizeText(area, 2, pixelSize),
          sizeText(mean, 2, pixelSize),
          sizeText(diameterOf(mean), 1, pixelSize),
        )}
      </p>
      {categories.length > 1 && (
        <table>
          <caption>{TEXTS.categories}</caption>
          <tbody>
            {categories.map((category) => (
              <tr key={category.name}>
                <th scope="row">{category.name}</th>
                <td>{category.count}</td>
                <td>{sizeText(category.area, 2, pixelSize)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h3 id="found-photos">{T.photos}</h3>
      <VirtualList
        items={photos}
        keyOf={({ image }) => image.id}
        active={-1}
        row={({ image, count, area }) => (
          <button
            type="button"
            aria-current={image.id === session.imageId.value ? 'true' : undefined}
            onClick={() => session.show(image.id)}
          >
            <span class="name">{image.file_name}</span>
            <span class="count">
              {count} · {sizeText(area, 2, pixelSize)}
            </span>
          </button>
        )}
      />
      <PixelSize scale={scale} />
      <AllResults session={session} found={finds.found.value} pixelSize={pixelSize} />
    </>
  )
}
