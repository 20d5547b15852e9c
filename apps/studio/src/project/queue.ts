/** Which photos are gone through, and in which order. */
import { computed, effect, signal } from '@preact/signals'
import type { Judgement } from '../../../../src/predict/judged-image.ts'
import type { StudioImage } from './coco-document.ts'
import type { FindOptions } from './finder.ts'
import { openRound } from './round.ts'
import type { Session } from './session.ts'

export type Shown = 'all' | 'unlabelled' | 'unchecked'
export type Order = 'files' | 'unlabelled' | 'worth'

export function openQueue(session: Session) {
  const shown = signal<Shown>('all')
  const order = signal<Order>('files')
  const round = openRound(session)
  /** Of those that the model was asked about, by image; it stays while they are labelled. */
  const places = signal<ReadonlyMap<number, number>>(new Map())
  /** How photos look that are checked, by image. */
  const descriptors = new Map<number, Float64Array>()

  const isLabelled = ({ id }: StudioImage) => session.objectsOn(id).length > 0
  const listed = computed(() => {
    const histories = session.histories.value
    const isShown = (image: StudioImage) => {
      if (shown.value === 'all') return true
      return shown.value === 'unlabelled' ? (histories.get(image.id)?.now.length ?? 0) === 0 : !image.checked
    }
    const kept = shown.value === 'all' ? session.images.value : session.images.value.filter(isShown)
    return ordered(kept, order.value, isLabelled, places.value)
  })
  effect(() => {
    session.listed.value = listed.value
  })

  const judgementOf = (id: number): Judgement | undefined => {
    const look = session.looks.value.get(id)
    return look?.finder === session.finder.value ? look?.judgement : undefined
  }
  const describe = async (id: number, signal: AbortSignal) => {
    const [{ decodeImage }, { pictureDescriptor }] = await Promise.all([
      import('../../../../src/web/decode-image.ts'),
      import('../../../../src/predict/label-choice.ts'),
    ])
    descriptors.set(id, pictureDescriptor(await decodeImage(await session.place.file(id, signal))))
    return { notes: [] }
  }

  return {
    ...{ ...round, shown, order },
    /** Has the model look at all photos that nobody has checked, as they are and mirrored, and puts them in order. */
    async look() {
      const { value: images } = session.images
      const descriptorOf = (id: number) => descriptors.get(id) ?? judgementOf(id)?.descriptor
      const waiting = images.filter(({ id, checked }) =>
        checked ? descriptorOf(id) === undefined : judgementOf(id) === undefined,
      )
      await round.over(waiting, ({ id, checked }, options: FindOptions) =>
        checked ? describe(id, options.signal) : session.look(id, { ...options, isJudged: true }),
      )
      const { orderForLabels } = await import('../../../../src/predict/label-choice.ts')
      const candidates = images.flatMap(({ id, checked }) => {
        const judgement = checked ? undefined : judgementOf(id)
        return judgement ? [{ id, ...judgement }] : []
      })
      const known = images.flatMap(({ id, checked }) => {
        const descriptor = checked ? descriptorOf(id) : undefined
        return descriptor ? [descriptor] : []
      })
      const chosen = orderForLabels(candidates, known)
      places.value = new Map(chosen.map((index, place) => [candidates[index].id, place]))
    },
  }
}

export type Queue = ReturnType<typeof openQueue>

/** Photos of equal standing stay in the order of their files, and those without a place come last. */
export function ordered(
  images: readonly StudioImage[],
  order: Order,
  isLabelled: (image: StudioImage) => boolean,
  places: ReadonlyMap<number, number>,
): readonly StudioImage[] {
  if (order === 'files') return images
  if (order === 'unlabelled') {
    return [...images.filter((image) => !isLabelled(image)), ...images.filter(isLabelled)]
  }
  const placeOf = ({ id }: StudioImage) => places.get(id) ?? images.length
  return images.toSorted((a, b) => placeOf(a) - placeOf(b))
}
