/** Settings for a first training, chosen from what data and machine look like. */

/** What is known of the data; lengths in pixels of the images as they are. */
export interface DataFacts {
  readonly images: number
  /** Median over the images. */
  readonly shorterSide: number
  /** Longest side over shorter side, of the longest image. */
  readonly elongation: number
  /** Undefined where there are no labels yet. */
  readonly objects?: ObjectFacts
  /** Processor cores of this machine. */
  readonly cores: number
  /** Bytes of memory that this machine gives to programs. */
  readonly memory: number
}

export interface ObjectFacts {
  readonly count: number
  readonly categories: readonly string[]
  /** False where labels are boxes only, if only some. */
  readonly hasMasks: boolean
  readonly hasKeypoints: boolean
  /** Mean logarithm of height over width of their boxes: 0 where no direction is longer than the other. */
  readonly tallness: number
  /** The longer side of their boxes: the tenth, the twenty-fifth, the middle and the ninetieth of a hundred. */
  readonly small: number
  readonly quarter: number
  readonly median: number
  readonly large: number
  /** Most in one image. */
  readonly most: number
}

/** What follows from the data; what every first training has alike is `RECIPE`. */
export interface Suggestion {
  readonly model: 'mask-rcnn' | 'faster-rcnn'
  /** Shorter side at which images are seen. */
  readonly minSize: number
  readonly maxSize: number
  /** Times an image is enlarged by that. */
  readonly factor: number
  readonly anchors: readonly number[]
  /** Regions that are looked at, in training and afterwards. */
  readonly proposals: { readonly training: number; readonly inference: number }
  readonly crop: number
  /** Of an object cut by a crop: smaller pieces are left out. */
  readonly minArea: number
  /** Which changes of direction leave objects what they are. */
  readonly turns: 'all' | 'mirror' | 'none'
  readonly batchSize: number
  /** Whether the memory of a step is laid out in one block, which is faster. */
  readonly planMemory: boolean
  readonly maxInstances: number
  readonly maxDetections: number
}

/** What a first training is made of. All that is tuned stands here. */
export const RECIPE = {
  backbone: { name: 'efficientnet_lite0' },
  pretrained: 'imagenet',
  fpnChannels: 96,
  /** Of the layers that start from random numbers. */
  norm: { kind: 'groupNorm', groups: 16 },
  boxWidth: 256,
  boxTargets: { size: 96, positiveFraction: 0.33 },
  maskHead: { convs: 4, width: 96 },
  /** At least, and for each object of the fullest image. */
  proposals: { training: 300, inference: 150, each: 3, most: 1000 },
  learningRate: 1e-3,
  weightDecay: 0.05,
  /** At most, and at most this part of all steps. */
  warmup: { steps: 50, part: 0.1 },
  /** Steps over which weights are averaged, as a part of all; within limits. */
  averaged: { part: 0.2, least: 0.9, most: 0.9985 },
  /** Of the size at which the model sees images. */
  scaleJitter: [0.7, 1.4],
  color: { brightness: 0.3, contrast: 0.3, saturation: 0.3 },
  /** Probability of an image to have objects of another laid over it, where they have masks. */
  copyPaste: 0.3,
  minVisible: 0.3,
  minArea: 30,
  /** Mean logarithm of height over width up to which objects have no upright direction. */
  mostTallness: 0.1,
  /** At which middling objects are seen, and at least a quarter of the objects; enlarging more shows nothing more. */
  seen: { median: 70, quarter: 16, enlarged: 2 },
  shorterSides: [320, 1024],
  crops: [288, 512],
  /** Sides of the smallest anchors. */
  smallestAnchors: [8, 32],
  batchSize: 4,
  /** How often each image is shown where no time is given. */
  epochs: 40,
  stepsWithoutTime: [400, 2000],
} as const

/**
 * Bytes of memory that a step of such a model takes for each pixel of its batch, and with its memory in one block: the bundled
 * model's four crops of 320 took 3.2 and 4.8 GB.
 */
const STEP_BYTES = { loose: 7800, planned: 11700 } as const
/** Of the machine's memory that a training may take: other programs are there as well. */
const MEMORY_SHARE = 0.6

export function suggest({ shorterSide, elongation, objects, memory }: DataFacts): Suggestion {
  const { small, quarter, median, large, most } = objects ?? assumed(shorterSide)
  const { seen, proposals } = RECIPE
  const wanted = Math.min(seen.enlarged, Math.max(seen.median / median, seen.quarter / quarter))
  const minSize = clamp(up32(shorterSide * wanted), ...RECIPE.shorterSides)
  const factor = minSize / shorterSide
  const crop = Math.min(clamp(up32(2 * large * factor), ...RECIPE.crops), minSize)
  const smallest = clamp(2 ** Math.round(Math.log2((small * factor) / 2)), ...RECIPE.smallestAnchors)
  const fits = (batch: number, bytes: number) => batch * crop ** 2 * bytes <= MEMORY_SHARE * memory
  const batches = Array.from({ length: RECIPE.batchSize }, (_, i) => RECIPE.batchSize - i)
  const batchSize = batches.find((batch) => fits(batch, STEP_BYTES.loose)) ?? 1
  const regions = (least: number) => clamp(proposals.each * most, least, proposals.most)
  return {
    model: objects?.hasMasks === false ? 'faster-rcnn' : 'mask-rcnn',
    minSize,
    factor,
    crop,
    batchSize,
    planMemory: fits(batchSize, STEP_BYTES.planned),
    turns: objects ? turnsOf(objects) : 'mirror',
    maxSize: up32(minSize * Math.max(elongation, 1)),
    anchors: [1, 2, 4, 8, 16].map((times) => smallest * times),
    proposals: { training: regions(proposals.training), inference: regions(proposals.inference) },
    minArea: clamp(Math.round((small * factor) ** 2 / 8), 4, RECIPE.minArea),
    // With those of another image.
    maxInstances: clamp(2 * 10 * Math.ceil(most / 10), 20, 200),
    maxDetections: Math.max(100, 2 * 10 * Math.ceil(most / 10)),
  }
}

/** Steps where nothing says how long a training may take. */
export function usualSteps(images: number, { batchSize }: Suggestion): number {
  const steps = 100 * Math.round((images * RECIPE.epochs) / batchSize / 100)
  return clamp(steps, ...RECIPE.stepsWithoutTime)
}

/** Letters, and what is a left or a right one, are others in a mirror; what stands or lies has an up. */
function turnsOf({ categories, tallness, hasKeypoints }: ObjectFacts): Suggestion['turns'] {
  if (categories.some((name) => /^[\p{L}\p{N}]$|\b(left|right)\b/iu.test(name.replaceAll('_', ' '))))
    return 'none'
  return hasKeypoints || Math.abs(tallness) > RECIPE.mostTallness ? 'mirror' : 'all'
}

/** Without labels: objects of a tenth of the image. */
function assumed(shorterSide: number): Pick<ObjectFacts, 'small' | 'quarter' | 'median' | 'large' | 'most'> {
  const [small, median, large] = [20, 10, 5].map((part) => shorterSide / part)
  return { small, quarter: small, median, large, most: 50 }
}

function up32(length: number): number {
  return 32 * Math.ceil(length / 32)
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
