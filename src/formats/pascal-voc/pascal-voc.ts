import type { Annotation, Category, DatasetImage } from '../../data/dataset.ts'
import { DataError } from '../../errors.ts'
import type { Size } from '../../geometry/boxes.ts'
import { labelsToRles } from '../../geometry/labels-to-rles.ts'
import type { Rle } from '../../geometry/rle.ts'
import { DescribedImages } from '../described-image.ts'
import type { DataFolder, DataFormat, ReadOptions, Split } from '../format.ts'
import { refuseEntry } from '../image-files.ts'
import { beginningOf, placeOf } from '../json-file.ts'
import { readLabelRaster } from '../mask-images/label-raster.ts'
import { type Shape, shapeAnnotation } from '../shape-annotation.ts'
import { type ClassColours, classColours, classOfObjects, indicesOf } from './pascal-voc-classes.ts'
import { VOC_CLASSES, VOC_VOID } from './pascal-voc-colours.ts'
import { isVocPath, readVocLayout, type VocEntry } from './pascal-voc-layout.ts'
import { writePascalVoc } from './pascal-voc-writer.ts'
import { parseVocXml, type VocFile } from './pascal-voc-xml.ts'

/** Pascal Visual Object Classes: boxes in XML files, masks in palette images. */
export const pascalVoc: DataFormat = {
  name: 'pascal-voc',
  statesSizes: true,
  about:
    'Pascal VOC: an XML file of boxes an image, masks as palette PNGs (SegmentationObject, SegmentationClass)',
  recognises,
  read,
  write: writePascalVoc,
}

async function recognises(source: DataFolder, entry?: string): Promise<boolean> {
  if (entry !== undefined) return false
  const files = await source.list()
  if (files.some(isVocPath)) return true
  for (const path of files) {
    if (path.toLowerCase().endsWith('.xml') && /<annotation[\s>]/.test(await beginningOf(source, path)))
      return true
  }
  return false
}

async function read(source: DataFolder, options: ReadOptions): Promise<readonly Split[]> {
  refuseEntry(source, options)
  const layout = await readVocLayout(source, options.losses)
  const files = new Map<VocEntry, VocFile>()
  for (const entry of layout.flatMap(({ entries }) => entries)) {
    options.signal?.throwIfAborted()
    if (!entry.xml) continue
    files.set(entry, parseVocXml(await source.readText(entry.xml), placeOf(source, entry.xml)))
  }
  const colours = await classColours(source)
  const named = [...files.values()].flatMap(({ objects }) => objects.map(({ name }) => name))
  const hasClassMaps = layout.some(({ entries }) => entries.some(({ xml, classes }) => !xml && classes))
  const categories = categoriesOf(named, colours, hasClassMaps)
  const total = layout.reduce((sum, { entries }) => sum + entries.length, 0)
  let done = 0
  const splits: Split[] = []
  for (const split of layout) {
    const { images, losses } = options
    const beside = layout.filter((other) => other.images === split.images).flatMap(({ entries }) => entries)
    const keys = beside.filter(({ xml }) => xml !== undefined).map(({ stem }) => stem)
    const described = new DescribedImages(images ?? source, images ? '' : split.images, keys, losses)
    const reader = new SplitReader(source, described, colours, categories, options)
    for (const entry of split.entries) {
      options.signal?.throwIfAborted()
      await reader.add(entry, files.get(entry))
      options.progress?.(++done, total, entry.stem)
    }
    const { annotations } = reader
    splits.push({
      name: split.name,
      images: split.images.replace(/\/$/, ''),
      dataset: { images: reader.images, annotations, categories },
    })
  }
  return splits
}

/** All twenty classes where there are no others, in their order; else those of `labelmap.txt`, then others by name. */
function categoriesOf(
  named: readonly string[],
  { listed, names }: ClassColours,
  hasClassMaps: boolean,
): Category[] {
  const found = [...new Set(named)].sort()
  const known =
    listed || found.every((name) => VOC_CLASSES.includes(name)) ? names : hasClassMaps ? names : []
  const others = found.filter((name) => !known.includes(name))
  return [...known, ...others].map((name, i) => ({ id: i + 1, name }))
}

class SplitReader {
  readonly images: DatasetImage[] = []
  readonly annotations = new Map<number, readonly Annotation[]>()
  #nextId = 1
  /** What describes each image. */
  readonly #owners = new Map<string, string>()
  readonly #described: DescribedImages
  readonly #source: DataFolder
  readonly #colours: ClassColours
  readonly #idOf: ReadonlyMap<string, number>
  readonly #options: ReadOptions

  constructor(
    source: DataFolder,
    described: DescribedImages,
    colours: ClassColours,
    categories: readonly Category[],
    options: ReadOptions,
  ) {
    this.#source = source
    this.#colours = colours
    this.#idOf = new Map(categories.map(({ id, name }) => [name, id]))
    this.#options = options
    this.#described = described
  }

  async add(entry: VocEntry, file: VocFile | undefined): Promise<void> {
    const id = this.images.length + 1
    const where = placeOf(this.#source, entry.xml ?? entry.objects ?? entry.stem)
    const stated = file?.fileName ?? ''
    const { path, fileName } = await this.#described.of({ key: entry.stem, stated, where })
    const other = this.#owners.get(fileName)
    if (other !== undefined) {
      const hint = 'Correct <filename>, or name the files as their images'
      throw new DataError('image is described twice', {
        where,
        got: `${fileName}, which is also that of ${other}`,
        hint,
      })
    }
    this.#owners.set(fileName, where)
    const map = entry.objects === undefined ? undefined : await readLabelRaster(this.#source, entry.objects)
    const size = await this.#sizeOf(path, file, map, where)
    if (map && entry.objects) checkSize(map, size, placeOf(this.#source, entry.objects))
    this.images.push({ id, fileName, width: size.width, height: size.height })
    const shapes = file
      ? this.#objectsOf(entry, file, map && this.#masksOf(entry, map), where)
      : await this.#segmentsOf(entry, map)
    const own: Annotation[] = []
    for (const { name, shape, where } of shapes) {
      const ids = { id: this.#nextId++, imageId: id, categoryId: this.#idOf.get(name) as number }
      const annotation = shapeAnnotation(ids, shape, size, where, this.#options)
      if (annotation) own.push(annotation)
    }
    if (own.length > 0) this.annotations.set(id, own)
  }

  #masksOf(entry: VocEntry, map: Parameters<typeof indicesOf>[0]): Map<number, Rle> {
    const rles = labelsToRles(indicesOf(map, placeOf(this.#source, entry.objects as string)), map)
    rles.delete(VOC_VOID)
    return rles
  }

  /** Objects of the XML file; number n of the map of objects is the n-th of them. */
  #objectsOf(
    entry: VocEntry,
    { objects }: VocFile,
    masks: Map<number, Rle> | undefined,
    where: string,
  ): NamedShape[] {
    for (const index of masks?.keys() ?? []) {
      if (index <= objects.length) continue
      throw new DataError(`object ${index} of the mask is missing in the XML file`, {
        where: placeOf(this.#source, entry.objects as string),
        expected: `objects 1 to ${objects.length} of ${entry.xml}, and ${VOC_VOID} for the void`,
      })
    }
    const { losses } = this.#options
    return objects.map(({ name, box, difficult, extras }, i) => {
      const place = `${where}: object ${i + 1}`
      for (const extra of extras) losses.add(`objects whose <${extra}> is left out`, place)
      if (difficult) losses.change('difficult objects that became crowds, which are ignored alike', place)
      return { name, where: place, shape: { box, segmentation: masks?.get(i + 1), isCrowd: difficult } }
    })
  }

  /** Objects of an image without an XML file: their classes are those of their pixels in SegmentationClass. */
  async #segmentsOf(
    entry: VocEntry,
    map: Parameters<typeof indicesOf>[0] | undefined,
  ): Promise<NamedShape[]> {
    if (!map || !entry.objects) return []
    const place = placeOf(this.#source, entry.objects)
    if (!entry.classes) {
      throw new DataError('objects have no classes', {
        where: place,
        expected: `Annotations/${entry.stem}.xml or SegmentationClass/${entry.stem}.png`,
      })
    }
    const classes = await readLabelRaster(this.#source, entry.classes)
    checkSize(classes, map, placeOf(this.#source, entry.classes))
    const nameOf = classOfObjects(
      indicesOf(map, place),
      classes,
      this.#colours,
      placeOf(this.#source, entry.classes),
    )
    return [...this.#masksOf(entry, map)].map(([index, segmentation]) => {
      return { name: nameOf(index), where: `${place}: object ${index}`, shape: { segmentation } }
    })
  }

  async #sizeOf(
    path: string | undefined,
    file: VocFile | undefined,
    map: Size | undefined,
    where: string,
  ): Promise<Size> {
    const size = file?.size ?? map
    if (size) return size
    if (path !== undefined) return (this.#options.images ?? this.#source).imageSize(path)
    throw new DataError('image has no size', {
      where,
      expected: '<size> with width and height, or the image itself',
      hint: 'Pass --images with the folder of the images',
    })
  }
}

interface NamedShape {
  readonly name: string
  readonly where: string
  readonly shape: Shape
}

function checkSize(map: Size, size: Size, where: string): void {
  if (map.width === size.width && map.height === size.height) return
  throw new DataError('mask has another size than its image', {
    where,
    expected: `${size.width} x ${size.height}`,
    got: `${map.width} x ${map.height}`,
  })
}
