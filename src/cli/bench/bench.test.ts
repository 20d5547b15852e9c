import { expect, it } from 'vitest'
import { opTable, stageTable, summaryLine } from './bench-report.ts'
import type { ModelMeasurement } from './measure-model.ts'
import { writtenOp } from './model-profile.ts'
import { quantile } from './quantile.ts'
import { repeatedPicture } from './repeated-picture.ts'
import { stageOf } from './stage.ts'

it('takes quantiles between values in proportion', () => {
  // Five values lie at 0, 0.25, 0.5, 0.75 and 1: 0.95 is four fifths of the way from the fourth to the last.
  const values = [50, 10, 40, 20, 30]
  expect(quantile(values, 0.5)).toBe(30)
  expect(quantile(values, 0.95)).toBeCloseTo(48, 12)
  expect(quantile([1, 2], 0.5)).toBe(1.5)
  expect([0, 0.5, 1].map((q) => quantile([7], q))).toEqual([7, 7, 7])
})

it.each([
  ['transform', 'preprocess'],
  ['backbone.body.layer1.0.conv1', 'backbone'],
  ['backbone.fpn.layer_blocks.0', 'neck'],
  ['backbone.fpnlike', 'backbone'],
  ['rpn.head', 'finder'],
  ['head.regression_head.conv', 'finder'],
  ['select', 'finder'],
  ['roi_heads.mask_head', 'heads'],
  ['paste', 'paste'],
])('module %s is of the stage %s', (module, stage) => expect(stageOf(module)).toBe(stage))

it('knows fused ops and those of bytes by what they are', () => {
  expect(['FusedConv', 'QLinearConv', 'QGemm', 'FusedMatMul', 'Conv'].map(writtenOp)).toEqual([
    'Conv',
    'Conv',
    'Gemm',
    'MatMul',
    'Conv',
  ])
})

it('repeats a picture, and cuts it', () => {
  const data = Uint8Array.from({ length: 2 * 3 * 3 }, (_, i) => i)
  const { width, height, ...repeated } = repeatedPicture(
    { data, width: 3, height: 2 },
    { width: 4, height: 3 },
  )
  expect([width, height]).toEqual([4, 3])
  const [top, bottom] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2],
    [9, 10, 11, 12, 13, 14, 15, 16, 17, 9, 10, 11],
  ]
  expect([...repeated.data]).toEqual([...top, ...bottom, ...top])
  const cut = repeatedPicture({ data, width: 3, height: 2 }, { width: 1, height: 1 })
  expect([...cut.data]).toEqual([0, 1, 2])
})

const part = { seconds: 0.15, share: 0.75, gflop: 30, gflops: 200 }
const measured: ModelMeasurement = {
  width: 640,
  height: 480,
  instances: 3,
  rounds: [],
  latency: { median: 0.2, p95: 1.25 },
  network: { median: 0.18, p95: 0.2 },
  throughput: 5.25,
  peakBytes: 300 * 2 ** 20,
  coldStart: { total: 1.2, import: 0.3, load: 0.004, session: 0.4, firstRun: 0.496 },
  gflop: 36,
  gflops: 90,
  gemmPeak: 120,
  stages: [{ stage: 'backbone', ...part }],
  ops: [
    { op: 'Conv', nodes: 50, ...part },
    { op: 'Relu', nodes: 2.9, seconds: 0.0006, share: 0.003, gflop: 0 },
    { op: 'Exp', nodes: 1, seconds: 0.0002, share: 0.001, gflop: 0 },
  ],
}

it('tells everything in one line', () => {
  expect(summaryLine('nuclei', measured)).toBe(
    'nuclei, 480x640, 3 instances: 200 ms (p95 1.25 s), 5.25 images/s, 300 MiB at the peak, cold start 1.20 s ' +
      '(import 300 ms, load 4.0 ms, session 400 ms, first run 496 ms), 90 of 120 GFLOP/s (75 %)',
  )
})

it('tells stages and ops in tables, the small ones together', () => {
  expect(stageTable(measured)).toEqual([
    'stage       time  share  GFLOP  GFLOP/s',
    'backbone  150 ms   75 %  30.00      200',
  ])
  expect(opTable(measured)).toEqual([
    'op        nodes    time  share  GFLOP  GFLOP/s',
    'Conv         50  150 ms   75 %  30.00      200',
    '2 others      4  0.8 ms    0 %',
  ])
})
