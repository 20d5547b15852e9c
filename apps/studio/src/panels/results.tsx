import { useSignal } from '@preact/signals'
import type { Proposal } from '../project/coco-document.ts'
import type { Scale } from '../project/scale.ts'
import type { Session } from '../project/session.ts'
import { areaOf, diameterOf, sizeText } from '../results/object-sizes.ts'
import type { ResultKind } from '../results/result-files.ts'
import { TEXTS } from '../texts.ts'
import { Problem } from './problem.tsx'
import { saveFile } from './save-file.ts'

const KINDS: readonly ResultKind[] = ['coco', 'labels', 'overlay', 'csv', 'svg']

interface Props {
  readonly session: Session
  readonly shown: readonly Proposal[]
  readonly scale: Scale
}

/** What was found on the photo in numbers, and as files. */
export function Results({ session, shown, scale }: Props) {
  const problem = useSignal<string>()
  const notes = useSignal<readonly string[]>([])
  const size = scale.micrometres.value
  const areas = shown.map(areaOf)
  const sum = areas.reduce((a, b) => a + b, 0)
  const download = async (kind: ResultKind) => {
    problem.value = undefined
    notes.value = []
    try {
      const { resultFile } = await import('../results/result-files.ts')
      const image = session.image.value
      const photo = () => session.place.file(image.id, new AbortController().signal)
      const made = await resultFile(kind, { image, proposals: shown, pixelSize: size, photo })
      notes.value = made.notes
      saveFile(made.name, made.content)
    } catch (error) {
      problem.value = (error as Error).message
    }
  }
  return (
    <>
      <p>
        {TEXTS.sizes(
          shown.length,
          sizeText(sum, 2, size),
          sizeText(sum / shown.length, 2, size),
          sizeText(diameterOf(sum / shown.length), 1, size),
        )}
      </p>
      <PixelSize scale={scale} />
      <p class="pale">{TEXTS.downloads}</p>
      <div class="acts">
        {KINDS.map((kind) => (
          <button key={kind} type="button" onClick={() => download(kind)}>
            {TEXTS.resultKinds[kind]}
          </button>
        ))}
      </div>
      {notes.value.map((note) => (
        <p key={note} class="pale">
          {note}.
        </p>
      ))}
      <Problem of={problem} />
    </>
  )
}

/** Asks for the size of a pixel. */
export function PixelSize({ scale }: { readonly scale: Scale }) {
  const isWrong = scale.written.value !== '' && scale.micrometres.value === undefined
  return (
    <>
      <label>
        {TEXTS.pixelSize}{' '}
        <input
          size={8}
          placeholder="0.5um"
          value={scale.written}
          aria-invalid={isWrong}
          onInput={({ currentTarget }) => scale.write(currentTarget.value)}
        />
      </label>
      {isWrong && <p class="wrong">{TEXTS.noPixelSize}</p>}
    </>
  )
}
