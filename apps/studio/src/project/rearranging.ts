/** What is done with objects as wholes: cut apart, put together, cut a hole into, taken along to the next photo. */
import { batch } from '@preact/signals'
import { segmentationBox } from '../../../../src/data/dataset.ts'
import type { Size } from '../../../../src/geometry/boxes.ts'
import { polygonToRle } from '../../../../src/geometry/polygon.ts'
import { compressRle, rleArea } from '../../../../src/geometry/rle.ts'
import { mergeRles, subtractRle } from '../../../../src/geometry/rle-merge.ts'
import { splitMask } from '../../../../src/geometry/split-mask.ts'
import { TEXTS } from '../texts.ts'
import type { StudioObject } from './coco-document.ts'
import type { Session } from './session.ts'
import { pixelsOf, ringsOf } from './shapes.ts'

/** Cuts the object that is chosen along a line: the larger part stays it, the other becomes one of the same category. */
export function splitChosen(session: Session, line: readonly number[]): void {
  const object = session.chosen.value
  if (!object) {
    session.notice.value = TEXTS.chooseOne
    return
  }
  const halves = splitMask(pixelsOf(object.segmentation, object.bbox, session.image.value), line)
  if (!halves) {
    session.notice.value = TEXTS.notThrough
    return
  }
  const [larger, smaller] = halves.map(compressRle)
  const other = { ...session.objectOf(object.category_id, smaller), iscrowd: object.iscrowd }
  batch(() => {
    session.edit(
      session.objects.value.flatMap((one) =>
        one === object ? [{ ...withoutMeasures(object), segmentation: larger }, other] : [one],
      ),
    )
    session.choose([object.id, other.id])
  })
}

/** Makes one object, to the pixel, of all that are chosen: the one that was chosen first. */
export function mergeChosen(session: Session): void {
  const objects = session.chosenObjects.value
  const first = objects.find(({ id }) => id === session.chosenIds.value[0])
  if (objects.length < 2 || !first) return
  const merged = { ...withoutMeasures(first), ...mergedShape(objects, session.image.value) }
  batch(() => {
    session.edit(
      session.objects.value
        .filter((one) => one === first || !objects.includes(one))
        .map((one) => (one === first ? merged : one)),
    )
    session.choose([first.id])
  })
}

/** Their pixels; where all have a box alone, the box around those. */
function mergedShape(
  objects: readonly StudioObject[],
  size: Size,
): Pick<StudioObject, 'segmentation' | 'bbox'> {
  const isBox = ({ segmentation }: StudioObject) => !('counts' in segmentation) && segmentation.length === 0
  if (!objects.every(isBox)) {
    const pixels = objects.map(({ segmentation, bbox }) => pixelsOf(segmentation, bbox, size))
    return { segmentation: compressRle(mergeRles(pixels)) }
  }
  const bbox = segmentationBox(objects.flatMap(({ bbox }) => ringsOf([], bbox)))
  return { segmentation: [], bbox }
}

/** Takes what lies in the ring from the object that is chosen; it goes where nothing is left. */
export function cutHole(session: Session, ring: readonly number[]): void {
  const object = session.chosen.value
  if (!object) {
    session.notice.value = TEXTS.chooseOne
    return
  }
  const size = session.image.value
  const before = pixelsOf(object.segmentation, object.bbox, size)
  const left = subtractRle(before, polygonToRle(ring, size))
  if (rleArea(left) === rleArea(before)) session.notice.value = TEXTS.holeBeside
  else if (rleArea(left) === 0) session.remove([object.id])
  else session.reshape(object.id, compressRle(left))
}

/** The photo after the one that is seen, where objects fit on it. */
export function nextOfSize(session: Session) {
  const { id, width, height } = session.image.value
  const images = session.images.value
  const next = images[images.findIndex((image) => image.id === id) + 1]
  return next?.width === width && next.height === height ? next : undefined
}

/** Copies what is chosen, or all where nothing is, to the next photo, shows that and chooses the copies. */
export function copyToNext(session: Session): void {
  const next = nextOfSize(session)
  const { chosenObjects, objects } = session
  const taken = chosenObjects.value.length > 0 ? chosenObjects.value : objects.value
  if (!next || taken.length === 0) return
  batch(() => {
    session.show(next.id)
    const copies = taken.map((object): StudioObject => {
      const { id } = session.objectOf(object.category_id, object.segmentation)
      return { ...object, id, image_id: next.id }
    })
    session.edit([...objects.value, ...copies])
    session.choose(copies.map(({ id }) => id))
  })
}

/** Box and area follow from the shape again. */
function withoutMeasures({ bbox: _, area: __, ...rest }: StudioObject): StudioObject {
  return rest
}
