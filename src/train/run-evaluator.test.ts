import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../../test/memory-files.ts'
import type { Dataset } from '../data/dataset.ts'
import { parseCoco } from '../formats/coco/coco.ts'
import { input } from '../graph/value.ts'
import { buildModel } from '../models/catalogue.ts'
import { decodeModelFile } from '../models/model-file.ts'
import { initialize, type ParameterSpec } from '../nn/init.ts'
import { FROZEN_BATCH_NORM } from '../nn/norm.ts'
import { asInputs, rootScope } from '../nn/scope.ts'
import type { Session } from '../runtime/session.ts'
import { float32, int64 } from '../tensor/tensor.ts'
import { BEST_CHECKPOINT } from '../weights/checkpoint-files.ts'
import { type BestWeights, openBestWeights } from './best-weights.ts'
import { checkpointWriter, loadCheckpoint, type Progress } from './checkpoint.ts'
import { resolveConfig } from './config.ts'
import { architectureOf } from './config-model.ts'
import { METRICS_FILE, openMetrics } from './metrics.ts'
import { parseMetrics } from './report-data.ts'
import { openEvaluator, withMissedEvaluation } from './run-evaluator.ts'
import type { RunFiles } from './run-files.ts'
import type { State } from './state.ts'
import type { TrainGraph } from './train-graph.ts'

const config = resolveConfig(
  {
    model: {
      name: 'faster-rcnn',
      backbone: { name: 'resnet18', stemWidth: 4, norm: FROZEN_BATCH_NORM },
      fpn: { channels: 4 },
      box: { head: { kind: 'mlp', width: 4 } },
    },
    data: {
      train: { images: 'i', annotations: 'a' },
      val: { images: 'v', annotations: 'b' },
      intensity: [100, 4000],
    },
    steps: 9,
  },
  { where: 'test' },
)
const architecture = architectureOf(config.model, 1)

/** One image of 20 x 20 with an object at 2 2 10 10, or with none. */
function dataset(objects: 0 | 1): Dataset {
  const object = { id: 1, image_id: 1, category_id: 1, bbox: [2, 2, 8, 8], area: 64, iscrowd: 0 }
  return parseCoco(
    {
      images: [{ id: 1, file_name: 'a.png', width: 20, height: 20 }],
      annotations: [object].slice(0, objects),
      categories: [{ id: 1, name: 'leaf' }],
    },
    'b',
  )
}

const wanted = asInputs()
buildModel(architecture).inference(
  rootScope(wanted.resolve, 'running'),
  input('image', 'uint8', ['H', 'W', 3]),
)
const specs: readonly ParameterSpec[] = [...wanted.specs.values()]
const drawn = initialize(specs, 1)
const MARKED = 'backbone.body.bn1.bias'

/** The weights after a step: its number stands in one of them. */
function stateAt(step: number): State {
  return new Map(drawn).set(MARKED, float32(new Float32Array(4).fill(step), [4]))
}

/**
 * What a model finds: nothing (AP 0), first something else and then the object (precision 1/2 at every recall: AP 0.5),
 * or the object alone (AP 1).
 */
const FINDS = { 0: [], 0.5: [12, 2], 1: [2] } as const

function sessionOf(figure: keyof typeof FINDS): Session {
  const corners = FINDS[figure]
  const boxes = corners.flatMap((corner) => [corner, corner, corner + 8, corner + 8])
  return {
    inputs: [{ name: 'image', dtype: 'uint8', dims: ['H', 'W', 3] }],
    run: async () => ({
      boxes: float32(boxes, [corners.length, 4]),
      scores: float32(
        corners.map((_, i) => 0.9 - 0.1 * i),
        [corners.length],
      ),
      labels: int64(corners.map(() => 1)),
    }),
    dispose: async () => {},
  } as unknown as Session
}

async function open(
  files: RunFiles,
  reached: number,
  val: Dataset,
  figure: keyof typeof FINDS,
  bestWeights?: BestWeights,
) {
  return openEvaluator({ specs } as unknown as TrainGraph, await openMetrics(files, reached), {
    ...{ config, architecture, val, files, train: dataset(1), name: 'run', parameters: 1, bestWeights },
    categories: [{ id: 1, name: 'leaf' }],
    save: checkpointWriter(files).save,
    platform: {
      readImageIn: (...place) => {
        expect(place).toEqual(['v', { intensity: [100, 4000] }])
        return async () => ({ data: new Uint8Array(1200), width: 20, height: 20 })
      },
      encodeJpeg: async () => Uint8Array.of(1),
      loadPlotAssets: async () => ({ script: '', style: '', licence: '' }),
    },
    openSession: async () => sessionOf(figure),
  })
}

const progressAt = (step: number): Progress => ({ step, seed: 0, position: { epoch: 0, index: step } })

/** Which step's weights are kept as the best model. */
function keptStep(content: ReadonlyMap<string, Uint8Array>): number {
  return Number(decodeModelFile(content.get(BEST_CHECKPOINT)!).weights.get(MARKED)!.data[0])
}

describe('the evaluations of a run', () => {
  // Writes of an evaluation: the best model, the checkpoint, the metrics, the report.
  it.each([1, 2, 3, 4, 5])(
    'keep the best model where the run is killed in place of write %i',
    async (fatal) => {
      let isAlive = true
      const files = memoryFiles((_, nth) => {
        // Before the evaluation: the checkpoint of the step, and the metrics as they are opened.
        if (isAlive && nth === fatal + 2) throw new Error('killed')
      })
      await checkpointWriter(files).save(progressAt(2), stateAt(2))
      const evaluating = (await open(files, 2, dataset(1), 1)).evaluate(progressAt(2), stateAt(2))
      if (fatal <= 4) await expect(evaluating).rejects.toThrow('killed')
      else await evaluating
      isAlive = false

      const { progress, tensors } = (await loadCheckpoint(files))!
      const again = await open(files, 2, dataset(1), 1)
      const resumed = await withMissedEvaluation(again, progress, tensors as State, {
        files,
        val: dataset(1),
      })
      expect(resumed.best).toEqual({ figure: expect.closeTo(1, 10), step: 2 })
      const worse = await (await open(files, 3, dataset(1), 0.5)).evaluate(
        { ...resumed, step: 3 },
        stateAt(3),
      )
      expect(worse.best).toEqual({ figure: expect.closeTo(1, 10), step: 2 })
      expect(keptStep(files.content)).toBe(2)
      const lines = parseMetrics(new TextDecoder().decode(files.content.get(METRICS_FILE)))
      expect(lines.map(({ step, val_bbox_AP }) => [step, val_bbox_AP])).toEqual([
        [2, expect.closeTo(1, 10)],
        [3, expect.closeTo(0.5, 10)],
      ])
    },
  )

  it('take categories of the validation by their names, whatever their ids', async () => {
    const own = dataset(1)
    const [annotation] = own.annotations.get(1)!
    const renumbered: Dataset = {
      ...own,
      annotations: new Map([[1, [{ ...annotation, categoryId: 7 }]]]),
      categories: [
        { id: 1, name: 'stem' },
        { id: 7, name: 'leaf' },
      ],
    }
    const evaluator = await open(memoryFiles(), 0, renumbered, 1)
    const { best } = await evaluator.evaluate(progressAt(1), stateAt(1))
    expect(best).toEqual({ figure: expect.closeTo(1, 10), step: 1 })
  })

  it('keep the newest weights and name no best while no figure is defined', async () => {
    const files = memoryFiles()
    const empty = await open(files, 0, dataset(0), 0)
    for (const step of [1, 2]) {
      expect(await empty.evaluate(progressAt(step), stateAt(step))).toEqual(progressAt(step))
      expect(keptStep(files.content)).toBe(step)
    }
    const defined = await (await open(files, 2, dataset(1), 0)).evaluate(progressAt(3), stateAt(3))
    expect(defined.best).toEqual({ figure: 0, step: 3 })
  })

  it.each([
    [0.5, 1, true],
    [1, 0.5, false],
  ] as const)(
    'of AP %d average their weights once, and keep them if their AP of %d is better',
    async (each, mean, isKept) => {
      const files = memoryFiles()
      const best = await openBestWeights(files, 2, 0)
      const evaluator = await open(files, 0, dataset(1), each, best)
      let progress = await evaluator.evaluate(progressAt(2), stateAt(2))
      expect(await evaluator.average(progress, stateAt(2))).toBeUndefined()
      progress = await evaluator.evaluate({ ...progress, step: 6 }, stateAt(6))
      const after = await open(files, 6, dataset(1), mean, best)
      const averaged = { steps: [2, 6], figure: expect.closeTo(mean, 10), isKept }
      const found = (await after.average(progress, stateAt(6)))!
      expect(found.averaged).toEqual(averaged)
      expect(found.progress.best).toEqual({ figure: expect.closeTo(1, 10), step: isKept ? 6 : 2 })
      // The mean of 2 and 6, or the first of equals.
      expect(keptStep(files.content)).toBe(isKept ? 4 : 2)
      expect((await loadCheckpoint(files))!.progress.best).toEqual(found.progress.best)
      const again = await open(files, 6, dataset(1), 0, await openBestWeights(files, 2, 6))
      expect((await again.average(found.progress, stateAt(6)))!.averaged).toEqual(averaged)
    },
  )
})
