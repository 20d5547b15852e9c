import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Camera } from '../panels/camera.tsx'
import { FileButton } from '../panels/file-button.tsx'
import { listenToDrops } from '../panels/photo-acts.tsx'
import type { GivenFile } from '../project/place.ts'
import { TEXTS } from '../texts.ts'
import { chosenFiles } from './given-files.ts'
import './start.css'
import { Problem } from '../panels/problem.tsx'

interface Props {
  /** Takes photos in; throws an `Error`, for people, where none can be. */
  readonly onPhotos: (files: readonly GivenFile[], onProgress: (done: string) => void) => Promise<void>
  /** Opens a folder of this machine, where the browser lets pages do that. */
  readonly onFolder?: () => Promise<void>
  /** What was worked on before and can be gone on with. */
  readonly before: readonly { readonly text: string; readonly open: () => Promise<void> }[]
  readonly problem?: string
}

/** What a page that no studio serves begins with. */
export function StartPage({ onPhotos, onFolder, before, problem: firstProblem }: Props) {
  const problem = useSignal(firstProblem)
  const progress = useSignal<string>()
  const run = async (work: () => Promise<void>) => {
    problem.value = undefined
    await work().catch((error) => {
      // Nothing was chosen.
      if (error.name !== 'AbortError') problem.value = error.message
    })
    progress.value = undefined
  }
  const take = (files: readonly GivenFile[]) =>
    run(() =>
      onPhotos(files, (done) => {
        progress.value = done
      }),
    )
  useEffect(() => listenToDrops(take), [])
  return (
    <main class="start">
      <h1>{TEXTS.start}</h1>
      <p>{TEXTS.startAbout}</p>
      {before.map(({ text, open }) => (
        <button key={text} type="button" class="before" onClick={() => run(open)}>
          {text}
        </button>
      ))}
      <div class="drop">
        <p>{TEXTS.drop}</p>
        <div class="acts">
          <FileButton
            text={TEXTS.choosePhotos}
            accept="image/*"
            onFiles={(files) => take(chosenFiles(files))}
          />
          <FileButton text={TEXTS.chooseFolder} isFolder onFiles={(files) => take(chosenFiles(files))} />
          <Camera onPhoto={(photo) => take(chosenFiles([photo]))} />
        </div>
        <p class="pale">{TEXTS.keptHere}</p>
      </div>
      {onFolder && (
        <div class="drop">
          <p>{TEXTS.folderAbout}</p>
          <button type="button" onClick={() => run(onFolder)}>
            {TEXTS.openFolder}
          </button>
        </div>
      )}
      {progress.value !== undefined && <p role="status">{progress}</p>}
      <Problem of={problem} />
    </main>
  )
}
