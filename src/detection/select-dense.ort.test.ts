import { describe, expect, it } from 'vitest'
import { runGraph } from '../../test/run-graph.ts'
import { constant, type Value } from '../graph/value.ts'
import { gather } from '../ops/gather.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import { type DenseLevel, type DenseSelection, selectDense } from './select-dense.ts'

/** Rows of one image: a box, and a score for each class; a candidate scores more than 0.1. */
type Row = readonly [box: readonly number[], ...scores: number[]]

function level(rows: readonly Row[], thresholded?: Value<'float32'>): DenseLevel {
  const boxes = constant(
    float32(
      rows.flatMap(([box]) => [...box]),
      [rows.length, 4],
    ),
  )
  const scores = constant(
    float32(
      rows.flatMap(([, ...scores]) => scores),
      [1, rows.length, rows[0].length - 1],
    ),
  )
  return {
    scores,
    thresholded,
    boxes: (_, chosen) => gather(boxes, chosen),
  }
}

async function selected(
  levels: readonly DenseLevel[],
  config: Partial<DenseSelection> = {},
  clipTo?: number[],
) {
  const settings = { scoreThreshold: 0.1, candidates: 100, nmsThreshold: 0.5, maxDetections: 100, ...config }
  const { boxes, scores, labels, candidateFloor } = await runGraph({
    ...selectDense(levels, 0, settings, clipTo && constant(float32(clipTo))),
  })
  return {
    boxes: toNumbers(boxes),
    scores: toNumbers(scores).map((score) => Math.round(score * 1000) / 1000),
    labels: toNumbers(labels),
    floor: toNumbers(candidateFloor).map((score) => Math.round(score * 1000) / 1000),
  }
}

const A = [0, 0, 10, 10]
// 8 of 12 columns shared with A: an IoU of 2 / 3.
const NEAR_A = [2, 0, 12, 10]
const FAR = [100, 100, 110, 120]

describe('selectDense', () => {
  it('suppresses within a class alone, over all levels, and sorts by score', async () => {
    const found = await selected([
      level([
        [A, 0.6, 0.5],
        [FAR, 0.2, 0.05],
      ]),
      level([[NEAR_A, 0.7, 0.05]]),
    ])
    expect(found.labels).toEqual([1, 2, 1])
    expect(found.scores).toEqual([0.7, 0.5, 0.2])
    expect(found.boxes).toEqual([...NEAR_A, ...A, ...FAR])
  })

  it('takes for candidates what the head says, whatever ranks them', async () => {
    const thresholded = constant(float32([0.05, 0.5], [1, 2, 1]))
    const found = await selected([
      level(
        [
          [A, 0.9],
          [FAR, 0.05],
        ],
        thresholded,
      ),
    ])
    expect(found.scores).toEqual([0.05])
  })

  it('looks at the best candidates of each level, and says what score the limit reached', async () => {
    const first = level([
      [A, 0.6, 0.3],
      [FAR, 0.2, 0.9],
    ])
    const found = await selected([first, level([[[50, 50, 60, 60], 0.15, 0.05]])], { candidates: 2 })
    expect(found.scores).toEqual([0.9, 0.6, 0.15])
    expect(found.labels).toEqual([2, 1, 1])
    // Two of four candidates were taken on the first level; the second has fewer than the limit.
    expect(found.floor).toEqual([0.6])
    expect((await selected([first], { candidates: 5 })).floor).toEqual([0])
  })

  it('keeps the best of what is left', async () => {
    const found = await selected(
      [
        level([
          [A, 0.6],
          [NEAR_A, 0.7],
          [FAR, 0.2],
          [[50, 50, 60, 60], 0.3],
        ]),
      ],
      {
        maxDetections: 2,
      },
    )
    expect(found.scores).toEqual([0.7, 0.3])
  })

  it('keeps the order of levels, rows and classes among equal scores', async () => {
    const first = level([
      [FAR, 0.5, 0.5],
      [A, 0.5, 0.05],
    ])
    const found = await selected([first, level([[[50, 50, 60, 60], 0.5, 0.05]])])
    expect(found.labels).toEqual([1, 2, 1, 1])
    expect(found.boxes).toEqual([...FAR, ...FAR, ...A, 50, 50, 60, 60])
  })

  it('cuts boxes to the image before they are suppressed, where it is asked to', async () => {
    // Cut to a width of 10 both are the same box; as they are they share 10 of 40 columns.
    const rows: Row[] = [
      [[0, 0, 20, 10], 0.6],
      [[0, 0, 40, 10], 0.7],
    ]
    expect((await selected([level(rows)], {}, [50, 10])).boxes).toEqual([0, 0, 10, 10])
    expect((await selected([level(rows)], { nmsThreshold: 0.51 })).boxes).toEqual([
      0, 0, 40, 10, 0, 0, 20, 10,
    ])
  })

  it('lowers scores instead where suppression is soft', async () => {
    const suppression = { kind: 'linear', iouThreshold: 0.3, minScore: 0.001 } as const
    const found = await selected(
      [
        level([
          [A, 0.6, 0.05],
          [NEAR_A, 0.7, 0.4],
        ]),
      ],
      { suppression },
    )
    // 0.6 * (1 - 2 / 3); the box of the other class stays as it is.
    expect(found.scores).toEqual([0.7, 0.4, 0.2])
    expect(found.labels).toEqual([1, 2, 1])
  })

  it('finds nothing as an ordinary result', async () => {
    const found = await selected([level([[A, 0.05]]), level([[FAR, 0.02]])])
    expect(found).toEqual({ boxes: [], scores: [], labels: [], floor: [0] })
  })
})
