/** Rare images shown more often: repeat-factor sampling. */
import { ConfigError } from '../errors.ts'
import { annotationsOf, type Dataset, type DatasetImage } from './dataset.ts'

/** What counts as rare, and how much more often it is shown. Plain JSON. */
export interface RepeatConfig {
  /** Kinds found in less than this share of the images are shown more often; from 0 (never) to 1. */
  readonly threshold: number
  /**
   * Attribute of the images whose values are the kinds, such as `modality`; images without it are a kind of their own.
   * Default: the categories of the objects.
   */
  readonly attribute?: string
}

/**
 * How often each image is shown an epoch, at least 1: a kind found in the share f of the images is repeated
 * max(1, sqrt(threshold / f)) times, an image as often as its rarest kind (LVIS, Gupta et al. 2019, appendix B.2;
 * Detectron2's `RepeatFactorTrainingSampler`). Crowds count for nothing. Throws `ConfigError` where no image has the
 * attribute.
 * @param images those of the data set that are trained on
 */
export function repeatFactors(
  dataset: Dataset,
  images: readonly DatasetImage[],
  { threshold, attribute }: RepeatConfig,
): number[] {
  if (attribute !== undefined) requireAttribute(images, attribute)
  const kinds = images.map((image) =>
    attribute === undefined ? categoriesIn(dataset, image) : [kindOf(image, attribute)],
  )
  const counts = new Map<unknown, number>()
  for (const kind of kinds.flat()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const factorOf = (kind: unknown) => Math.sqrt((threshold * images.length) / counts.get(kind)!)
  return kinds.map((own) => Math.max(1, ...own.map(factorOf)))
}

function categoriesIn(dataset: Dataset, { id }: DatasetImage): number[] {
  const objects = annotationsOf(dataset, id).filter(({ isCrowd }) => !isCrowd)
  return [...new Set(objects.map(({ categoryId }) => categoryId))]
}

/** Undefined without the attribute, also where it is called as something that every object has. */
function kindOf({ attributes = {} }: DatasetImage, attribute: string): unknown {
  return Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined
}

function requireAttribute(images: readonly DatasetImage[], attribute: string): void {
  if (images.some((image) => kindOf(image, attribute) !== undefined)) return
  const names = [...new Set(images.flatMap(({ attributes }) => Object.keys(attributes ?? {})))]
  throw new ConfigError(`no image has the attribute ${JSON.stringify(attribute)}`, {
    where: 'data.train.repeat.attribute',
    expected:
      names.length > 0 ? `one of ${names.join(', ')}` : 'none: the images of the data set have no attributes',
    hint: 'Add it to the entries in "images" of the annotations, or show all images equally often: --set data.train.repeat=null',
  })
}
