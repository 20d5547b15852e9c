/** What the doctor found in the labels, and what is done about it. */
import { computed, signal } from '@preact/signals'
import type { Objects, Session } from '../project/session.ts'
import type { ToldCheck, ToldFinding } from './examination.ts'

export function openChecking(session: Session) {
  const checks = signal<readonly ToldCheck[]>()
  const counts = signal<{ readonly own: number; readonly all: number }>()
  const isChecking = signal(false)
  const problem = signal<string>()

  const check = async () => {
    isChecking.value = true
    problem.value = undefined
    try {
      const { examined, CHECK_COUNTS } = await import('./examination.ts')
      counts.value = CHECK_COUNTS
      checks.value = examined(session.images.value, session.allObjects(), session.categories.value)
    } catch (error) {
      problem.value = (error as Error).message
    }
    isChecking.value = false
  }

  return {
    ...{ checks, counts, isChecking, problem, check },
    /** Objects that something was found about. */
    doubtful: computed<ReadonlySet<number>>(
      () =>
        new Set(
          checks.value?.flatMap(({ findings }) =>
            findings.flatMap(({ annotationId }) => (annotationId === undefined ? [] : [annotationId])),
          ),
        ),
    ),
    /** Shows the photo and chooses the object. */
    show({ imageId, annotationId }: ToldFinding) {
      if (imageId === undefined) return
      session.show(imageId)
      session.tool.value = 'select'
      const isThere = session.objectsOn(imageId).some(({ id }) => id === annotationId)
      session.choose(isThere && annotationId !== undefined ? [annotationId] : [])
    },
    /** Does what follows by itself, and looks again; each photo can undo its own. */
    async mend(findings: readonly ToldFinding[]) {
      const changes = new Map<number, Objects>()
      for (const { imageId, annotationId, remedy } of findings) {
        if (!remedy || imageId === undefined) continue
        const own = changes.get(imageId) ?? session.objectsOn(imageId)
        changes.set(
          imageId,
          own.flatMap((one) => (one.id !== annotationId ? [one] : remedy.object ? [remedy.object] : [])),
        )
      }
      session.editAll(changes)
      await check()
    },
  }
}

export type Checking = ReturnType<typeof openChecking>
