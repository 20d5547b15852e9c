import { annotationFinding, type Check } from '../check.ts'
import { closedRings } from '../mask-facts.ts'
import { LEAST_LOOP_PIXELS, LEAST_LOOP_SHARE, selfCrossing } from '../self-crossing.ts'

export const selfIntersections: Check = {
  name: 'self-intersections',
  title: 'Polygons that cross themselves',
  severity: 'warning',
  unit: 'annotations',
  why: 'What lies inside such an outline is told differently by every program: masks and areas come out different.',
  advice: 'Draw the outline again; points in the wrong order are the usual cause.',
  thresholds: { leastLoopShare: LEAST_LOOP_SHARE, leastLoopPixels: LEAST_LOOP_PIXELS },
  *find({ files }) {
    for (const file of files) {
      for (const annotation of file.annotations) {
        for (const [i, ring] of closedRings(annotation).entries()) {
          const crossing = selfCrossing(ring)
          if (!crossing) continue
          const [x, y] = [crossing.x, crossing.y].map((value) => Number(value.toFixed(1)))
          yield annotationFinding(
            file,
            annotation,
            `polygon ${i} crosses itself at ${x}, ${y}: a loop of ${Math.round(crossing.loop)} square pixels`,
          )
          break
        }
      }
    }
  },
}
