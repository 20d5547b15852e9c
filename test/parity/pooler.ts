/** Which map regions are pooled from, by the share of the image and by size alone, and what is pooled. */
import { featureMap } from '../../src/detection/feature-map.ts'
import {
  assignLevels,
  assignLevelsByRatio,
  type LevelRange,
  type LevelRule,
} from '../../src/detection/level-assignment.ts'
import { poolRegions } from '../../src/detection/multi-level-roi-align.ts'
import { constant, type Value } from '../../src/graph/value.ts'
import { joinImages } from '../../src/models/joined-images.ts'
import { float32, type Tensor, toNumbers } from '../../src/tensor/tensor.ts'
import type { Golden } from '../goldens.ts'
import { runGraph } from '../run-graph.ts'
import { type Comparison, compareAll, joined, type ParityCheck } from './comparison.ts'
import { recordedNames } from './recorded-output.ts'

/** The reference's names of the rules, and of pooling with and without the shift by half a pixel. */
const RULES: Readonly<Record<string, LevelRule>> = { ratio: 'area-ratio', area: 'canonical' }
const ALIGNED: Readonly<Record<string, boolean>> = { ROIAlignV2: true, ROIAlign: false }

const TOLERANCE = 1e-5

export const pooler: ParityCheck = async (golden) => {
  const names = recordedNames(golden)
  const results = await runGraph(Object.assign({}, ...names.map((name) => built(golden, name))))
  const isLevels = (name: string) => /^(ratio|area)\./.test(name)
  const { comparisons, unsupported = [] } = compareAll(golden, results, () => TOLERANCE)
  return joined([
    {
      comparisons: comparisons.filter(({ name }) => !isLevels(name)),
      unsupported: unsupported.filter((name) => name !== SHARES),
    },
    { comparisons: names.filter(isLevels).map((name) => wrongLevels(golden, name, results[name])) },
  ])
}

/** Recorded to tell which levels are near a boundary; no part of the product. */
const SHARES = 'image_over_box_log2'

function built(golden: Golden, name: string): Record<string, Value> {
  const [first, second, third] = name.split('.')
  if (first in RULES)
    return { [name]: levels(golden, RULES[first], { minLevel: Number(second), maxLevel: Number(third) }) }
  if (second in ALIGNED && third in RULES) return { [name]: pooled(golden, ALIGNED[second], RULES[third]) }
  return {}
}

/** Boxes of all images, one after the other. */
function boxesOf(golden: Golden, prefix: string) {
  return joinImages(numbered(golden, prefix).map((boxes) => ({ boxes })))
}

function numbered({ inputs }: Golden, prefix: string): Value<'float32'>[] {
  const values: Value<'float32'>[] = []
  for (let i = 0; inputs.has(`${prefix}.${i}`); i++) {
    values.push(constant(inputs.get(`${prefix}.${i}`) as Tensor<'float32'>))
  }
  return values
}

function levels(golden: Golden, rule: LevelRule, range: LevelRange): Value<'int64'> {
  const { boxes, images } = boxesOf(golden, 'boxes')
  if (rule === 'canonical') return assignLevels(boxes, range)
  const sizes = golden.case.image_sizes as number[][]
  return assignLevelsByRatio(boxes, images, constant(float32(sizes.flat(), [sizes.length, 2])), range)
}

function pooled(golden: Golden, aligned: boolean, rule: LevelRule): Value<'float32'> {
  const { pool, pool_image_size: size } = golden.case
  const { boxes, images } = boxesOf(golden, 'pool.boxes')
  const maps = numbered(golden, 'pool.feat').map((map, i) => featureMap(map, 1 / pool.scales[i]))
  const config = {
    outputSize: pool.output_size,
    samplingRatio: pool.sampling_ratio,
    aligned,
    levels: rule,
  }
  return poolRegions(maps, boxes, images, config, constant(float32([...size, ...size], [2, 2])))
}

/** Boxes whose level differs, but for those made to lie on a boundary, the first of each image. */
function wrongLevels(golden: Golden, name: string, ours: Tensor): Comparison {
  const expected = toNumbers(golden.outputs.get(name)!)
  const perImage = golden.inputs.get('boxes.0')!.shape[0]
  const wrong = toNumbers(ours).filter((level, i) => i % perImage >= ON_BOUNDARY && level !== expected[i])
  return {
    name,
    error: ours.shape[0] === expected.length ? wrong.length : Number.POSITIVE_INFINITY,
    tolerance: 0,
  }
}

const ON_BOUNDARY = 12
