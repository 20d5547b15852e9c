import { expect, it } from 'vitest'
import { random } from '../../tensor/random.ts'
import type { Sample } from '../sample.ts'
import { augment, NO_AUGMENTATION } from './augment.ts'
import { horizontalFlip, verticalFlip } from './flip.ts'
import { quarterTurn } from './quarter-turn.ts'

/** A picture that no turn or mirror leaves as it is. */
const sample: Sample = {
  image: { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i) },
  instances: [],
  imageId: 1,
  fileName: 'a.png',
}

const STEPS: readonly ((sample: Sample) => Sample)[] = [
  horizontalFlip,
  verticalFlip,
  ...[1, 2, 3].map((turns) => (given: Sample) => quarterTurn(given, turns)),
]

it('is one number for one picture, whatever led to it', () => {
  const pictures = new Map<number, string>()
  for (const first of STEPS) {
    for (const second of STEPS) {
      for (const third of STEPS) {
        const { image, orientation } = third(second(first(sample)))
        const picture = `${image.width} ${image.data.join()}`
        expect(pictures.get(orientation!) ?? picture).toBe(picture)
        pictures.set(orientation!, picture)
      }
    }
  }
  expect([...pictures.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(new Set(pictures.values()).size).toBe(8)
  expect(pictures.get(0)).toBe(`3 ${sample.image.data.join()}`)
})

it('is told of augmented samples', () => {
  const config = { ...NO_AUGMENTATION, quarterTurns: true, horizontalFlip: 0.5, verticalFlip: 0.5 }
  const found = Array.from({ length: 64 }, (_, i) => augment(sample, config, random(i)).orientation ?? 0)
  expect(new Set(found).size).toBe(8)
})
