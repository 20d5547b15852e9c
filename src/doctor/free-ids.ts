import type { RawCoco } from './raw-coco.ts'

/** Ids above all that annotations of the file have, in ascending order. */
export function* freeIds({ annotations }: RawCoco): Generator<number, never> {
  let last = 0
  for (const { id = 0 } of annotations) last = Math.max(last, id)
  while (true) yield ++last
}
