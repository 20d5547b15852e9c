/** Which photos are gone through, and in which order. */
import { computed, effect, signal } from '@preact/signals'
import { doubtOf } from '../../../../src/predict/label-value.ts'
import type { Proposal, StudioImage } from './coco-document.ts'
import { openRound } from './round.ts'
import type { Session } from './session.ts'

export type Shown = 'all' | 'unlabelled' | 'unchecked'
export type Order = 'files' | 'unlabelled' | 'doubt'

/** Proposals of lower scores are not looked at: most are none, and the model does not claim them. */
const LEAST_SCORE = 0.3

export function openQueue(session: Session) {
  const shown = signal<Shown>('all')
  const order = signal<Order>('files')
  const round = openRound(session)

  const isLabelled = ({ id }: StudioImage) => session.objectsOn(id).length > 0
  const listed = computed(() => {
    const [histories, found] = [session.histories.value, session.found.value]
    const isShown = (image: StudioImage) => {
      if (shown.value === 'all') return true
      return shown.value === 'unlabelled' ? (histories.get(image.id)?.now.length ?? 0) === 0 : !image.checked
    }
    const kept = shown.value === 'all' ? session.images.value : session.images.value.filter(isShown)
    return ordered(kept, order.value, isLabelled, found)
  })
  effect(() => {
    session.listed.value = listed.value
  })

  return {
    ...{ ...round, shown, order },
    /** Has the model look at all photos that it has not seen and nobody has checked. */
    look: () =>
      round.over(
        session.images.value.filter(({ id, checked }) => !checked && !session.found.value.has(id)),
        ({ id }, options) => session.look(id, options),
      ),
  }
}

export type Queue = ReturnType<typeof openQueue>

/** Photos of equal standing stay in the order of their files. */
export function ordered(
  images: readonly StudioImage[],
  order: Order,
  isLabelled: (image: StudioImage) => boolean,
  found: ReadonlyMap<number, readonly Proposal[]>,
): readonly StudioImage[] {
  if (order === 'files') return images
  if (order === 'unlabelled') {
    return [...images.filter((image) => !isLabelled(image)), ...images.filter(isLabelled)]
  }
  const doubts = new Map(images.map((image) => [image, doubtAbout(found.get(image.id))]))
  return images.toSorted((a, b) => (doubts.get(b) as number) - (doubts.get(a) as number))
}

/** As `data suggest` says it, of masks where the model scores them; below 0 where no model has looked. */
export function doubtAbout(proposals: readonly Proposal[] | undefined): number {
  if (!proposals) return -1
  const scores = proposals
    .filter(({ score }) => score >= LEAST_SCORE)
    .map(({ mask_score, score }) => mask_score ?? score)
  return doubtOf(scores)
}
