/** Settings for a first training on little data, chosen from what the data look like. */

/** What is known of the data; lengths in pixels of the images as they are. */
export interface DataFacts {
  readonly images: number
  /** Medians over the images. */
  readonly shorterSide: number
  /** Longest side over shorter side, of the longest image. */
  readonly elongation: number
  /** Undefined where there are no labels yet. */
  readonly objects?: ObjectFacts
  /** Processor cores of this machine. */
  readonly cores: number
}

export interface ObjectFacts {
  readonly count: number
  readonly categories: readonly string[]
  /** False where the labels are boxes only. */
  readonly hasMasks: boolean
  /** The longer side of their boxes: the tenth, the middle and the ninetieth of a hundred. */
  readonly small: number
  readonly median: number
  readonly large: number
  /** Most in one image. */
  readonly most: number
}

export interface Suggestion {
  /** Shorter side at which images are seen. */
  readonly minSize: number
  readonly maxSize: number
  /** Times an image is enlarged by that. */
  readonly factor: number
  readonly anchors: readonly number[]
  readonly crop: number
  readonly batchSize: number
  readonly steps: number
  readonly maxInstances: number
  readonly maxDetections: number
  /** Minutes on this machine, idle and busy. */
  readonly minutes: readonly [least: number, most: number]
}

/** Sides of a middling object that the network sees well: below, details are lost; above, time is. */
const WELL_SEEN = [32, 96] as const
const BATCH = 4
/** How often each image is shown at best. */
const EPOCHS = 40
const STEPS = [400, 2000] as const
/**
 * Seconds of a step of this model with four crops of 320 pixels on two cores, when idle and when busy with other work: the
 * bundled model's 2800 steps took 45 to 90 minutes.
 */
const SECONDS = [0.96, 1.93] as const
/** What the minutes are worked out from. */
export const MINUTES_BASIS =
  'scaled by crops and cores from 2800 steps of the bundled model, which took 45 to 90 minutes on 2 cores; a training says after five steps how long it takes'
const MEASURED = { crop: 320, cores: 2 } as const
/** More cores than this are of little use to so small a model. */
const USEFUL_CORES = 8

export function suggest({ images, shorterSide, elongation, objects, cores }: DataFacts): Suggestion {
  const { small, median, large, most } = objects ?? assumed(shorterSide)
  const wanted =
    median < WELL_SEEN[0] ? WELL_SEEN[0] / median : median > WELL_SEEN[1] ? WELL_SEEN[1] / median : 1
  const minSize = clamp(up32(shorterSide * wanted), 256, 1024)
  const factor = minSize / shorterSide
  const crop = Math.min(clamp(up32(2 * large * factor), 256, 512), minSize)
  const smallest = clamp(2 ** Math.round(Math.log2(small * factor)), 8, 32)
  const steps = clamp(100 * Math.round((images * EPOCHS) / BATCH / 100), ...STEPS)
  const slower = (crop / MEASURED.crop) ** 2 * (MEASURED.cores / Math.min(cores, USEFUL_CORES)) ** 0.8
  const [least, longest] = SECONDS.map((seconds) => (steps * seconds * slower) / 60)
  return {
    minSize,
    factor,
    crop,
    steps,
    maxSize: up32(minSize * Math.max(elongation, 1)),
    anchors: [1, 2, 4, 8, 16].map((times) => smallest * times),
    batchSize: BATCH,
    maxInstances: clamp(10 * Math.ceil(most / 10), 20, 200),
    maxDetections: Math.max(100, 2 * 10 * Math.ceil(most / 10)),
    minutes: [Math.max(1, Math.floor(least)), Math.ceil(longest)],
  }
}

/** Without labels: objects of a tenth of the image. */
function assumed(shorterSide: number): Pick<ObjectFacts, 'small' | 'median' | 'large' | 'most'> {
  return { small: shorterSide / 20, median: shorterSide / 10, large: shorterSide / 5, most: 50 }
}

function up32(length: number): number {
  return 32 * Math.ceil(length / 32)
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
