/** The model that proposes objects on the photos, which another may take the place of. */
import { basename } from 'node:path'
import { decodeImage } from '../../node/decode-image.ts'
import type { Detector } from '../../predict/detector.ts'
import { judgedImage } from '../../predict/judged-image.ts'
import { readingFor } from '../../predict/model-reading.ts'
import { predictionJson } from '../../predict/to-json.ts'
import type { FoundJson, StudioFinder } from '../../studio/studio-server.ts'

/** The page has a slider from here on. */
const LEAST_SCORE = 0.05

export interface PhotoFinder {
  /** Undefined where there is no model. */
  readonly current: () => StudioFinder | undefined
  /** Takes this model from now on; it is read when it is first asked. */
  use(model: string): void
  /** Reads the model, if there is one. */
  ready(): Promise<void>
  close(): Promise<void>
}

interface Chosen {
  readonly name: string
  detector?: Promise<Detector<string>>
  /** Questions that are not answered. */
  readonly asked: Set<Promise<unknown>>
}

export function openFinder(
  load: (model: string) => Promise<Detector<string>>,
  pathOf: (imageId: number) => string,
): PhotoFinder {
  let chosen: (Chosen & { readonly model: string }) | undefined
  const opened = (one: NonNullable<typeof chosen>) => {
    one.detector ??= load(one.model)
    // One that cannot be read now may be later.
    one.detector.catch(() => {
      one.detector = undefined
    })
    return one.detector
  }
  const leave = async (one: typeof chosen) => {
    if (!one) return
    await Promise.allSettled(one.asked)
    const detector = await one.detector?.catch(() => undefined)
    await detector?.dispose()
  }
  return {
    current: () => {
      const one = chosen
      if (!one) return undefined
      const find = async (imageId: number, isJudged: boolean): Promise<FoundJson> => {
        const path = pathOf(imageId)
        const detector = await opened(one)
        const name = basename(path)
        if (!isJudged) return predictionJson(name, await detector.detect(path, { score: LEAST_SCORE }))
        const { reading } = readingFor(detector.metadata, {})
        const image = await decodeImage(path, reading)
        const { seen, judgement } = await judgedImage(image, ({ data, width, height }) =>
          detector.detect({ data, width, height }, { score: LEAST_SCORE, name }),
        )
        const descriptor = [...judgement.descriptor]
        return { ...predictionJson(name, seen), judgement: { ...judgement, descriptor } }
      }
      return {
        name: one.name,
        find: (imageId, isJudged) => {
          const answer = find(imageId, isJudged)
          one.asked.add(answer)
          answer.finally(() => one.asked.delete(answer)).catch(() => undefined)
          return answer
        },
      }
    },
    use: (model) => {
      void leave(chosen)
      chosen = { model, name: basename(model), asked: new Set() }
    },
    ready: async () => {
      if (chosen) await opened(chosen)
    },
    close: () => leave(chosen),
  }
}
