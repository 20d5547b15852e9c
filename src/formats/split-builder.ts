import type { Annotation, Category, DatasetImage } from '../data/dataset.ts'
import { DataError } from '../errors.ts'
import type { Size } from '../geometry/boxes.ts'
import type { ReadOptions, Split } from './format.ts'
import { type Shape, shapeAnnotation } from './shape-annotation.ts'

/** Categories known by name: ids count from 1 in the order in which names are met. */
export class NamedCategories {
  readonly list: Category[] = []
  readonly #ids = new Map<string, number>()

  constructor(names: Iterable<string> = []) {
    for (const name of names) this.idOf(name)
  }

  idOf(name: string): number {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    const id = this.list.length + 1
    this.#ids.set(name, id)
    this.list.push({ id, name })
    return id
  }
}

/** Collects a split of a format without ids: images and annotations are numbered from 1 as they come. */
export class SplitBuilder {
  readonly #split: Pick<Split, 'name' | 'images'>
  readonly #categories: NamedCategories
  readonly #options: Pick<ReadOptions, 'onDegenerate' | 'losses'>
  readonly #images: DatasetImage[] = []
  readonly #names = new Set<string>()
  readonly #annotations = new Map<number, Annotation[]>()
  #next = 1

  constructor(
    split: Pick<Split, 'name' | 'images'>,
    categories: NamedCategories,
    options: Pick<ReadOptions, 'onDegenerate' | 'losses'>,
  ) {
    this.#split = split
    this.#categories = categories
    this.#options = options
  }

  /** The image that shapes are then added to. Throws `DataError` naming `where` for a name that is there already. */
  addImage(
    fileName: string,
    { height, width }: Size,
    where: string,
    described: Pick<DatasetImage, 'attributes'> = {},
  ): DatasetImage {
    if (this.#names.has(fileName)) {
      throw new DataError('image is described twice', { where, got: fileName })
    }
    this.#names.add(fileName)
    const image = { id: this.#images.length + 1, fileName, width, height, ...described }
    this.#images.push(image)
    return image
  }

  /** A shape of the image added last. Throws `DataError` naming `where` for what `shapeAnnotation` refuses. */
  addShape(category: string, shape: Shape, where: string): void {
    const image = this.#images[this.#images.length - 1]
    const ids = { id: this.#next, imageId: image.id, categoryId: this.#categories.idOf(category) }
    const annotation = shapeAnnotation(ids, shape, image, where, this.#options)
    if (!annotation) return
    this.#next++
    const own = this.#annotations.get(image.id)
    if (own) own.push(annotation)
    else this.#annotations.set(image.id, [annotation])
  }

  /** Its list of categories grows with those that are met later. */
  split(): Split {
    const dataset = {
      images: this.#images,
      annotations: this.#annotations,
      categories: this.#categories.list,
    }
    return { ...this.#split, dataset }
  }
}
