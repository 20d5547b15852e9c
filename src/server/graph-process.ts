/**
 * Entry of the process that makes the graph which a server runs: that of the exported file of a model. Neither the time nor the
 * memory that it takes is the server's.
 */
import { sha256 } from '../batch/sha256.ts'
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

answerParent<GraphRequest, MadeGraph | undefined>(makeGraph, ({ folder }) => folder)

async function makeGraph({
  where,
  device,
  max,
  folder,
  unless,
}: GraphRequest): Promise<MadeGraph | undefined> {
  const bytes = await loadModelBytes(where, {})
  const digest = await sha256(bytes)
  if (digest === unless) return undefined
  const place = await keptGraphs.placeOf(bytes, `served, max ${max}`, device)
  const kept = place && (await keptGraphs.find(place))
  if (kept) return { file: await placeGraph(folder, kept), facts: JSON.parse(kept.about), digest }
  const { graph, facts } = await exported(bytes, where, max)
  if (place) {
    const about = JSON.stringify(facts)
    const open = (optimizedFile?: string) => createSession(graph, { device, optimizedFile })
    await (await keptGraphs.keep(place, about, open)).dispose()
  }
  const nowKept = place && (await keptGraphs.find(place))
  return { file: await placeGraph(folder, nowKept || { graph, device }), facts, digest }
}

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
