import { annotationPlace, countAnnotationLosses } from '../../data/annotation-losses.ts'
import { type Annotation, annotationsOf, type DatasetImage } from '../../data/dataset.ts'
import type { Losses } from '../../data/losses.ts'
import { boxToXywh } from '../../geometry/boxes.ts'
import { classIndices } from '../class-indices.ts'
import type { DataTarget, Split, WriteOptions } from '../format.ts'
import { singleRing } from '../single-ring.ts'
import { namedImage, splitPrefix } from '../split-folders.ts'

const CATEGORY_ATTRIBUTE = 'category'
/** Region attribute that says `1` where a region stands for a group of objects. */
export const CROWD_ATTRIBUTE = 'iscrowd'

/**
 * A project of VIA 2 for each split: a polygon a mask (`singleRing`), a rectangle where there is a box alone, the category
 * as a region attribute, and size and attributes of each image as file attributes, which are text.
 */
export async function writeVia(
  splits: readonly Split[],
  target: DataTarget,
  options: WriteOptions,
): Promise<void> {
  const { classes, indexOf } = classIndices(splits, options.losses, (name) => name)
  for (const [i, split] of splits.entries()) {
    options.signal?.throwIfAborted()
    countAnnotationLosses(split, options.losses, { attributes: true })
    const prefix = splitPrefix(split.name)
    const nameOf = (id: number) => classes[indexOf(split, id)]
    const file =
      splits.length === 1 ? (options.entry ?? `${prefix}via_project.json`) : `${prefix}via_project.json`
    await target.writeText(file, projectText(split, classes, nameOf, options.losses))
    options.progress?.(i + 1, splits.length, split.name)
    for (const { fileName } of options.placeImage ? split.dataset.images : []) {
      options.signal?.throwIfAborted()
      await options.placeImage?.(split, fileName, prefix + namedImage(fileName))
    }
  }
}

/** An image a line. */
function* projectText(
  { dataset }: Split,
  classes: readonly string[],
  nameOf: (categoryId: number) => string,
  losses: Losses,
): Generator<string> {
  yield `{"_via_settings":${JSON.stringify(SETTINGS)},\n"_via_img_metadata":{`
  let end = '\n'
  if (dataset.images.some(({ attributes }) => Object.values(attributes ?? {}).some(isNoText)))
    losses.change('attributes of images become text')
  for (const image of dataset.images) {
    const regions = annotationsOf(dataset, image.id).flatMap((annotation) =>
      viaRegions(annotation, image, nameOf(annotation.categoryId), losses),
    )
    yield `${end}${JSON.stringify(keyOf(image))}:${JSON.stringify(imageJson(image, regions))}`
    end = ',\n'
  }
  const attributes = { region: regionAttributes(classes), file: fileAttributes(dataset.images) }
  yield `\n},\n"_via_attributes":${JSON.stringify(attributes)},\n"_via_data_format_version":"2.0.10",`
  yield `\n"_via_image_id_list":${JSON.stringify(dataset.images.map(keyOf))}}\n`
}

function isNoText(value: unknown): boolean {
  return typeof value !== 'string'
}

/** VIA's own key is name and bytes of the file; -1 is what it writes where it does not know them. */
function keyOf({ fileName }: DatasetImage): string {
  return `${namedImage(fileName)}-1`
}

function imageJson({ fileName, width, height, attributes }: DatasetImage, regions: readonly object[]) {
  const texts = Object.entries(attributes ?? {}).map(([name, value]) => [name, `${value}`])
  return {
    filename: namedImage(fileName),
    size: -1,
    regions,
    file_attributes: { ...Object.fromEntries(texts), width: `${width}`, height: `${height}` },
  }
}

/** One region, or none for an empty mask. */
function viaRegions(annotation: Annotation, image: DatasetImage, category: string, losses: Losses): object[] {
  const { id, box, segmentation, isCrowd } = annotation
  const region_attributes = { [CATEGORY_ATTRIBUTE]: category, ...(isCrowd && { [CROWD_ATTRIBUTE]: '1' }) }
  if (!segmentation) {
    const [x, y, width, height] = boxToXywh(box)
    return [{ shape_attributes: { name: 'rect', x, y, width, height }, region_attributes }]
  }
  const ring = singleRing(segmentation, image)
  if (ring.length < 6) {
    losses.add('annotations with an empty mask left out', annotationPlace(image.fileName, id))
    return []
  }
  const shape_attributes = {
    name: 'polygon',
    all_points_x: ring.filter((_, i) => i % 2 === 0),
    all_points_y: ring.filter((_, i) => i % 2 === 1),
  }
  return [{ shape_attributes, region_attributes }]
}

function regionAttributes(classes: readonly string[]) {
  return {
    [CATEGORY_ATTRIBUTE]: {
      type: 'dropdown',
      description: '',
      options: Object.fromEntries(classes.map((name) => [name, ''])),
      default_options: {},
    },
    [CROWD_ATTRIBUTE]: { type: 'text', description: '1: stands for a group of objects', default_value: '' },
  }
}

function fileAttributes(images: readonly DatasetImage[]) {
  const names = new Set(images.flatMap(({ attributes }) => Object.keys(attributes ?? {})))
  const text = (description: string) => ({ type: 'text', description, default_value: '' })
  const described = Object.fromEntries([...names].map((name) => [name, text('')]))
  return { ...described, width: text('pixels'), height: text('pixels') }
}

/** VIA does not open a project without these. */
const SETTINGS = {
  ui: {
    annotation_editor_height: 25,
    annotation_editor_fontsize: 0.8,
    leftsidebar_width: 18,
    image_grid: {
      img_height: 80,
      rshape_fill: 'none',
      rshape_fill_opacity: 0.3,
      rshape_stroke: 'yellow',
      rshape_stroke_width: 2,
      show_region_shape: true,
      show_image_policy: 'all',
    },
    image: {
      region_label: CATEGORY_ATTRIBUTE,
      region_color: CATEGORY_ATTRIBUTE,
      region_label_font: '10px Sans',
      on_image_annotation_editor_placement: 'NEAR_REGION',
    },
  },
  core: { buffer_size: 18, filepath: {}, default_filepath: '' },
  project: { name: 'via_project' },
}
