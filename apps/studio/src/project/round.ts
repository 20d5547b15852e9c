/** A model looks at many photos, one after the other. */
import { batch, signal } from '@preact/signals'
import { TEXTS } from '../texts.ts'
import type { StudioImage } from './coco-document.ts'
import type { FindOptions, Look } from './finder.ts'
import type { Session } from './session.ts'

export interface FailedPhoto {
  readonly image: StudioImage
  readonly reason: string
}

/** A photo that fails is told, and does not keep the others from being looked at. */
export function openRound(session: Session) {
  /** How many photos are done, while it goes on; `text` is what is done with the one under way. */
  const going = signal<{ readonly done: number; readonly all: number; readonly text: string }>()
  const failed = signal<readonly FailedPhoto[]>([])
  /** What people should know of how it came about, and of how many photos. */
  const notes = signal<ReadonlyMap<string, number>>(new Map())
  /** Why it ended before the last. */
  const problem = signal<string>()
  let control = new AbortController()

  return {
    ...{ going, failed, notes, problem },
    giveUp: () => control.abort(),
    /** Ends with the last of them, when it is given up, or when another model is chosen. */
    async over(
      images: readonly StudioImage[],
      look: (image: StudioImage, options: FindOptions) => Promise<Pick<Look, 'notes'>>,
    ): Promise<void> {
      const { value: finder } = session.finder
      if (going.value || !finder) return
      control = new AbortController()
      const { signal } = control
      batch(() => {
        failed.value = []
        notes.value = new Map()
        problem.value = undefined
      })
      for (const [done, image] of images.entries()) {
        const onProgress = (text: string) => {
          going.value = { done, all: images.length, text }
        }
        onProgress(TEXTS.finding)
        try {
          const told = await look(image, { signal, onProgress })
          if (told.notes.length > 0) notes.value = counted(notes.value, told.notes)
        } catch (error) {
          if (!signal.aborted && session.finder.value === finder) {
            failed.value = [...failed.value, { image, reason: (error as Error).message }]
          }
        }
        if (signal.aborted) break
        if (session.finder.value !== finder) {
          problem.value = TEXTS.modelEnded
          break
        }
      }
      going.value = undefined
    },
  }
}

export type Round = ReturnType<typeof openRound>

function counted(before: ReadonlyMap<string, number>, notes: readonly string[]): Map<string, number> {
  const after = new Map(before)
  for (const note of notes) after.set(note, (after.get(note) ?? 0) + 1)
  return after
}
