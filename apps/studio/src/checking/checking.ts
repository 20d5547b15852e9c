/** What the doctor found in the labels, and what is done about it. */
import { computed, signal } from '@preact/signals'
import type { ImageProbe } from '../../../../src/doctor/image-probe.ts'
import type { Objects, Session } from '../project/session.ts'
import type { ToldCheck, ToldFinding } from './examination.ts'
import { openProber } from './prober.ts'

export function openChecking(session: Session) {
  const checks = signal<readonly ToldCheck[]>()
  const counts = signal<{ readonly own: number; readonly all: number }>()
  const isChecking = signal(false)
  const problem = signal<string>()

  /** How many photos were looked at, while they are. */
  const looking = signal<{ readonly done: number; readonly all: number }>()
  let probes: ReadonlyMap<number, ImageProbe> | undefined
  let control = new AbortController()

  const check = async () => {
    isChecking.value = true
    problem.value = undefined
    try {
      const { examined, checkCounts } = await import('./examination.ts')
      counts.value = checkCounts(probes !== undefined)
      checks.value = examined(session.images.value, session.allObjects(), session.categories.value, probes)
    } catch (error) {
      problem.value = (error as Error).message
    }
    isChecking.value = false
  }
  /** Looks at all photos first, for the checks that need them. */
  const checkPhotos = async () => {
    if (looking.value) return
    control = new AbortController()
    problem.value = undefined
    const { signal } = control
    const { images, place } = session
    const probed = new Map<number, ImageProbe>()
    const prober = place.probe ? undefined : openProber(place)
    const probe = place.probe ?? prober!.probe
    try {
      for (const [done, { id }] of images.value.entries()) {
        looking.value = { done, all: images.value.length }
        probed.set(id, await probe(id, signal))
      }
      probes = probed
    } catch (error) {
      if (!signal.aborted) problem.value = (error as Error).message
    }
    prober?.end()
    looking.value = undefined
    if (probes === probed) await check()
  }

  return {
    ...{ checks, counts, isChecking, looking, problem, check, checkPhotos },
    giveUp: () => control.abort(),
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
