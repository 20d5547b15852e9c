import { computed, useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { parsePixelSize } from '../../../../src/data/pixel-size.ts'
import type { Proposal } from '../project/coco-document.ts'
import { keepText, keptText } from '../project/kept-text.ts'
import type { Session } from '../project/session.ts'
import { areaOf, diameterOf, sizeText } from '../results/object-sizes.ts'
import type { ResultKind } from '../results/result-files.ts'
import { TEXTS } from '../texts.ts'
import { saveFile } from './save-file.ts'

const KINDS: readonly ResultKind[] = ['coco', 'labels', 'overlay', 'csv', 'svg']

/** The size of a pixel as people wrote it; `micrometres` is undefined where that says nothing. */
export function openScale({ place }: Session) {
  const name = `pixel size ${place.project.labelsFile}`
  const written = useSignal(keptText(name) ?? '')
  return {
    written,
    write: (text: string) => {
      written.value = text
      keepText(name, text)
    },
    micrometres: useMemo(() => computed(() => parsed(written.value)), []),
  }
}

interface Props {
  readonly session: Session
  readonly shown: readonly Proposal[]
  readonly scale: ReturnType<typeof openScale>
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
      <label>
        {TEXTS.pixelSize}{' '}
        <input
          size={8}
          placeholder="0.5um"
          value={scale.written}
          aria-invalid={scale.written.value !== '' && size === undefined}
          onInput={({ currentTarget }) => scale.write(currentTarget.value)}
        />
      </label>
      {scale.written.value !== '' && size === undefined && <p class="wrong">{TEXTS.noPixelSize}</p>}
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
      {problem.value !== undefined && (
        <p class="wrong" role="alert">
          {problem}
        </p>
      )}
    </>
  )
}

function parsed(text: string): number | undefined {
  try {
    return parsePixelSize(text)
  } catch {
    return undefined
  }
}
