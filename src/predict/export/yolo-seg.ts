import { imageNames } from '../image-names.ts'
import type { Instance } from '../instance.ts'
import type { Exporter } from './exporter.ts'
import { joinRings } from '../../geometry/join-rings.ts'
import { outlines } from './outlines.ts'

const CLASSES = 'classes'

/**
 * Labels as YOLO's segmentation models train on them: for each image a text file with a line per instance, the
 * index of its class from 0 and then x y of every corner as fractions of width and height; `classes.txt` names the
 * classes. The format knows one ring without holes per instance: the pieces of a mask are joined by bridges of no
 * width, holes are filled, and instances with an empty mask are left out.
 */
export const exportYoloSeg: Exporter = (predicted, categories) => {
  const classOf = new Map(categories.map(({ id }, i) => [id, i]))
  const names = imageNames(
    predicted.map(({ file }) => file),
    [CLASSES],
  )
  const labels = predicted.map(({ prediction: { instances, width, height } }, i) => {
    const lines = instances.flatMap((instance) => {
      const ring = fractions(instance, width, height)
      return ring.length > 0 ? [[classOf.get(instance.categoryId), ...ring].join(' ')] : []
    })
    return { name: `${names[i]}.txt`, content: lines.map((line) => `${line}\n`).join('') }
  })
  const classes = categories.map(({ name }) => `${name.replace(/\s+/g, ' ')}\n`).join('')
  return [...labels, { name: `${CLASSES}.txt`, content: classes }]
}

function fractions(instance: Instance, width: number, height: number): number[] {
  const ring = joinRings(outlines(instance).map(({ outer }) => outer))
  return ring.map((at, i) => Number(Math.min(1, Math.max(0, at / (i % 2 ? height : width))).toFixed(6)))
}
