/** Misspelt options are refused wherever options are taken: left out in silence, they change figures. */
import { expect, it } from 'vitest'
import { evaluateCoco, evaluateInstances, evaluationReport, parseCoco, readCoco } from '../src/coco.ts'
import { Detector, renderOverlay } from '../src/index.node.ts'
import { decodeModelFile, exportModel, memorySource, readWeights } from '../src/models.ts'
import { createSession, evaluateCocoFiles, openWeights } from '../src/node.ts'
import { encodeProbeModel } from '../src/onnx/probe-model.ts'
import { fetchBytes } from '../src/web.ts'
import { thinModelFile } from './thin-model.ts'

const groundTruth = { images: [], annotations: new Map(), categories: [] }
const picture = { data: new Uint8Array(12), width: 2, height: 2 }
const file = { images: [], annotations: [], categories: [] }
const given = { groundTruth, results: [], iouType: 'bbox' } as const

const CALLS: Readonly<Record<string, [call: (wrong: object) => unknown, wrong: string, meant: string]>> = {
  'Detector.load': [(wrong) => Detector.load('none', wrong), 'devices', 'device'],
  renderOverlay: [(wrong) => renderOverlay(picture, [], wrong), 'opacty', 'opacity'],
  exportModel: [
    (wrong) => exportModel(decodeModelFile(thinModelFile()), createSession, wrong),
    'prescision',
    'precision',
  ],
  createSession: [(wrong) => createSession(encodeProbeModel(), wrong), 'thread', 'threads'],
  openWeights: [(wrong) => openWeights('none', wrong), 'members', 'member'],
  readWeights: [(wrong) => readWeights(memorySource('x', new Uint8Array(0)), wrong), 'folders', 'folder'],
  fetchBytes: [(wrong) => fetchBytes('http://localhost:9', wrong), 'onbytes', 'onBytes'],
  evaluateCoco: [(wrong) => evaluateCoco({ ...given, ...wrong }), 'param', 'params'],
  params: [(params) => evaluateCoco({ ...given, params }), 'maxdetection', 'maxDetections'],
  evaluateInstances: [(wrong) => evaluateInstances({ ...given, ...wrong }), 'minscore', 'minScore'],
  evaluationReport: [(wrong) => evaluationReport({ ...given, ...wrong }), 'iouThresholds', 'iouThreshold'],
  evaluateCocoFiles: [
    (wrong) => evaluateCocoFiles({ annotations: 'a', results: 'r' }, wrong),
    'iouType',
    'iouTypes',
  ],
  parseCoco: [(wrong) => parseCoco(file, 'a', wrong), 'ondegenerate', 'onDegenerate'],
  readCoco: [(wrong) => readCoco(async function* () {}, 'a', wrong), 'ondegenerate', 'onDegenerate'],
}

it.each(Object.entries(CALLS))('%s', async (of, [call, wrong, meant]) => {
  await expect(async () => call({ [wrong]: undefined })).rejects.toThrow(
    `${of}: ${wrong} is not an option; did you mean ${meant}?`,
  )
})
