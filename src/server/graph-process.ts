/**
 * Entry of the process that makes the graph which a server runs: that of the exported file of a model. Neither the time nor the
 * memory that it takes is the server's.
 */
import { exportModel } from '../models/exported-model.ts'
import { decodeModelFile } from '../models/model-file.ts'
import { factsOf, type ModelFacts, runnableModel } from '../models/runnable-model.ts'
import { answerParent } from '../node/answering-process.ts'
import { keptGraphs } from '../node/kept-graphs.ts'
import { placeGraph } from '../node/optimized-graph.ts'
import { loadModelBytes } from '../node/package-files.ts'
import { createSession } from '../node/session.ts'
import { isOnnxFile } from '../onnx/decode.ts'
import type { GraphRequest, MadeGraph } from './graph-request.ts'

answerParent<GraphRequest, MadeGraph>(async ({ where, device, max, folder }) => {
  const bytes = await loadModelBytes(where, {})
  const version = await shortDigest(bytes)
  const place = await keptGraphs.placeOf(bytes, `served, max ${max}`, device)
  const kept = place && (await keptGraphs.find(place))
  if (kept) return { file: await placeGraph(folder, kept), facts: JSON.parse(kept.about), version }
  const { graph, facts } = await exported(bytes, where, max)
  if (place) {
    const about = JSON.stringify(facts)
    const open = (optimizedFile?: string) => createSession(graph, { device, optimizedFile })
    await (await keptGraphs.keep(place, about, open)).dispose()
  }
  const nowKept = place && (await keptGraphs.find(place))
  return { file: await placeGraph(folder, nowKept || { graph, device }), facts, version }
})

async function exported(
  bytes: Uint8Array,
  where: string,
  max: number | undefined,
): Promise<{ graph: Uint8Array; facts: ModelFacts }> {
  if (isOnnxFile(bytes)) return { graph: bytes, facts: factsOf(runnableModel(bytes, where, { max })) }
  const file = decodeModelFile(bytes, where)
  const { bytes: graph } = await exportModel(file, createSession, { asksLeastScore: true, max })
  return { graph, facts: factsOf(runnableModel(graph, where)) }
}

async function shortDigest(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)))
  return [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
