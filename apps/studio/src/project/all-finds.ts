/** What a model finds on all photos: asked for once, and kept as outlines and numbers until the page is closed. */
import { computed, signal } from '@preact/signals'
import { type FoundPhoto, totalsOf } from '../results/totals.ts'
import { openRound } from './round.ts'
import type { Session } from './session.ts'

export function openAllFinds(session: Session) {
  const round = openRound(session)
  const isAsked = signal(false)
  const { images, looks, finder, leastScore } = session
  const isSeen = (id: number) => looks.value.get(id)?.finder === finder.value
  /** Those that the model has not looked at. */
  const waiting = computed(() => images.value.filter(({ id }) => !isSeen(id)))
  /** From the least score on, in the order of the files. */
  const found = computed<readonly FoundPhoto[]>(() =>
    images.value.flatMap((image) => {
      const look = looks.value.get(image.id)
      if (!look || look.finder !== finder.value) return []
      return [{ image, proposals: look.proposals.filter(({ score }) => score >= leastScore.value) }]
    }),
  )
  return {
    ...{ ...round, waiting, found },
    totals: computed(() => totalsOf(found.value)),
    /** Whether there is something to tell of all photos. */
    hasFound: computed(() => isAsked.value && found.value.length > 0),
    async find() {
      isAsked.value = true
      await round.over(waiting.value, ({ id }, options) => session.look(id, options))
    },
  }
}

export type AllFinds = ReturnType<typeof openAllFinds>
