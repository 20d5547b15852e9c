import './photo-acts.css'
import type { Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { isModelFile, type Models } from '../project/models.ts'
import type { GivenFile, Leave } from '../project/place.ts'
import type { Session } from '../project/session.ts'
import { chosenFiles, droppedFiles } from '../site/given-files.ts'
import { TEXTS } from '../texts.ts'
import { Camera } from './camera.tsx'
import { FileButton } from './file-button.tsx'

interface Props {
  readonly session: Session
  readonly models: Models
  /** What could not be taken in. */
  readonly problems: Signal<readonly string[]>
}

/** Further photos, and the end of the project, where the place where it lies has them. */
export function PhotoActs({ session, models, problems }: Props) {
  const { add, leave } = session.place
  const take = async (files: readonly GivenFile[]) => {
    problems.value = []
    const added = await add?.(files, (problem) => {
      problems.value = [...problems.value, problem]
    })
    if (!added || added.length === 0) return
    session.addImages(added)
    session.show(added[0].id)
  }
  // Photos where there is room for them; models wherever.
  const drop = async (files: readonly GivenFile[]) => {
    for (const { file } of files.filter(isModelFile)) await models.add(file)
    const others = files.filter((file) => !isModelFile(file))
    if (others.length > 0) await take(others)
  }
  useEffect(() => listenToDrops(drop), [])
  return (
    <>
      {problems.value.map((problem) => (
        <p key={problem} class="wrong" role="alert">
          {problem}
        </p>
      ))}
      <div class="acts">
        {add && (
          <>
            <FileButton
              text={TEXTS.addPhotos}
              accept="image/*"
              onFiles={(files) => take(chosenFiles(files))}
            />
            <Camera onPhoto={(photo) => take(chosenFiles([photo]))} />
          </>
        )}
        {leave && (
          <button type="button" onClick={() => end(session, leave)}>
            {leave.text}
          </button>
        )}
      </div>
    </>
  )
}

async function end({ forget }: Session, { question, act }: Leave): Promise<void> {
  if (question !== undefined && !confirm(question)) return
  await act()
  if (question !== undefined) await forget()
  location.reload()
}

/** Files that are dropped anywhere on the page. Returns what ends it. */
export function listenToDrops(take: (files: readonly GivenFile[]) => void): () => void {
  const over = (event: DragEvent) => event.preventDefault()
  const drop = (event: DragEvent) => {
    event.preventDefault()
    if (event.dataTransfer) void droppedFiles(event.dataTransfer).then(take)
  }
  addEventListener('dragover', over)
  addEventListener('drop', drop)
  return () => {
    removeEventListener('dragover', over)
    removeEventListener('drop', drop)
  }
}
