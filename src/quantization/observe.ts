/** What numbers the values of a graph take on images. */
import { GraphError } from '../errors.ts'
import { type Graph, graph } from '../graph/graph.ts'
import { toOnnx } from '../graph/to-onnx.ts'
import { constant, type Value } from '../graph/value.ts'
import { encodeModel } from '../onnx/encode.ts'
import { div, mul } from '../ops/elementwise.ts'
import { gather } from '../ops/gather.ts'
import { concat, range, reshape, sizeOf, sizes } from '../ops/layout.ts'
import { reduceMax, reduceMin, reduceSum } from '../ops/reduce.ts'
import { standInsOf } from '../ops/stand-in.ts'
import { float32, toNumbers } from '../tensor/tensor.ts'
import type { Observation } from './calibration-method.ts'
import { type CalibrationImage, type CalibrationRun, overImages } from './calibration-run.ts'
import { Histogram } from './histogram.ts'

/** Numbers of a value that are looked at one by one in an image, evenly spread; its least and greatest are of all. */
const SAMPLE = 16384

/**
 * Runs the graph on every image and tells what was seen of `values`, leaving out what rows that stand in make. Throws `GraphError` where one is no finite number, naming
 * image and node.
 */
export async function observe(
  given: Graph,
  values: readonly Value[],
  images: readonly CalibrationImage[],
  run: CalibrationRun,
): Promise<Map<Value, Observation>> {
  const standIns = standInsOf(given)
  const measured = values.flatMap((value, i) =>
    Object.entries({
      ...measures(value as Value<'float32'>, i),
      [`standIns:${i}`]: sizes((standIns.get(value) ?? []).map((rows) => sizeOf(rows, 0))),
    }),
  )
  const watching = encodeModel(toOnnx(graph(Object.fromEntries(measured), given.inputs)))
  const seen = values.map(() => ({ count: 0, least: 0, greatest: 0, histogram: new Histogram() }))
  await overImages(watching, images, run, (found, { name }) => {
    for (const [i, observation] of seen.entries()) {
      if (toNumbers(found[`standIns:${i}`]).some((count) => count > 0)) continue
      const [least] = found[`least:${i}`].data as Float32Array
      const [greatest] = found[`greatest:${i}`].data as Float32Array
      requireFinite(Number(found[`sum:${i}`].data[0]), values[i], name)
      observation.least = Math.min(observation.least, least)
      observation.greatest = Math.max(observation.greatest, greatest)
      observation.count += Number(found[`count:${i}`].data[0]) - 1
      observation.histogram.add(found[`sample:${i}`].data as Float32Array)
    }
  })
  return new Map(values.map((value, i) => [value, seen[i]]))
}

/** A 0 stands before the numbers: nothing is empty, and 0 is in every range. */
function measures(value: Value<'float32'>, i: number): Record<string, Value> {
  const all = concat([constant(float32([0])), reshape(value, [-1])], 0)
  const count = sizes([sizeOf(all, 0)])
  const places = div(
    mul(range(SAMPLE), count),
    constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(SAMPLE)) }),
  )
  return {
    [`least:${i}`]: reduceMin(all, [0]),
    [`greatest:${i}`]: reduceMax(all, [0]),
    [`count:${i}`]: count,
    // Not finite where one of the numbers is not; the least and the greatest may pass over it.
    [`sum:${i}`]: reduceSum(all, [0]),
    [`sample:${i}`]: gather(all, places),
  }
}

function requireFinite(sum: number, { source }: Value, image: string): void {
  if (Number.isFinite(sum)) return
  throw new GraphError('the model computes what is no finite number', {
    where: source.kind === 'node' ? `${image}: ${source.node.path || source.node.op.name}` : image,
    hint: 'Its weights may be broken: "maskwright weights inspect" tells',
  })
}
