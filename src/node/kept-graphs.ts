/**
 * Graphs as ONNX Runtime has optimised them, in the user's cache: a model then is ready sooner (`benchmarks/cold-start.ts`). Each has
 * a folder: the graph, its constants, which sessions map into memory, and what was said of it.
 */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeptGraph, KeptGraphs } from '../runtime/kept-graphs.ts'
import { type Device, OPTIMIZED_WEIGHTS } from '../runtime/session.ts'
import { makeFolder, writeFileAtomic } from './files.ts'
import { cachePlace, digest, forgetOldest, graphsFolder, markUsed } from './graph-cache.ts'
import { chosenDevice } from './session.ts'
import { holdTemporary, releaseTemporary, removeTemporary } from './temporary-files.ts'

const GRAPH = 'graph.onnx'
const ABOUT = 'about.json'

/** Of the constants, which are not read before they are needed, the size alone; they are on the disk before the folder has its name. */
interface About {
  readonly about: string
  /** Of `about` and of the graph. */
  readonly digests: readonly (readonly number[])[]
  readonly weightsBytes: number
}

async function placeOf(
  model: Uint8Array,
  settings: string,
  device: Device | 'auto' | undefined,
): Promise<string | undefined> {
  if ((device === 'auto' ? await chosenDevice() : (device ?? 'cpu')) !== 'cpu') return undefined
  return cachePlace(model, settings)
}

async function findKept(place: string): Promise<KeptGraph | undefined> {
  try {
    const { about, ...proof } = JSON.parse(await readFile(join(place, ABOUT), 'utf8')) as About
    const graph = await readFile(join(place, GRAPH))
    if (JSON.stringify(proof) !== JSON.stringify(await proofOf(place, about, graph))) return undefined
    await markUsed(place)
    return { about, graph, filesFolder: place }
  } catch {
    return undefined
  }
}

async function proofOf(folder: string, about: string, graph: Uint8Array): Promise<Omit<About, 'about'>> {
  const { size } = await stat(join(folder, OPTIMIZED_WEIGHTS))
  return { digests: [digest(Buffer.from(about)), digest(graph)], weightsBytes: size }
}

/** A cache that takes no file, or an incomplete one, costs time the next time and nothing else. */
const keepGraph: KeptGraphs['keep'] = async (place, about, open) => {
  const folder = await newFolder(place).catch(() => undefined)
  if (folder === undefined) return open()
  try {
    const session = await open(join(folder, GRAPH)).catch(() => undefined)
    if (!session) return await open()
    try {
      await complete(folder, about)
      await rm(place, { recursive: true, force: true })
      await rename(folder, place)
      releaseTemporary(folder)
      await forgetOldest()
    } catch {
      // The session is there all the same.
    }
    return session
  } finally {
    await removeTemporary(folder)
  }
}

async function newFolder(place: string): Promise<string> {
  await makeFolder(graphsFolder())
  const folder = await holdTemporary(place)
  await mkdir(folder)
  return folder
}

/** What the runtime wrote becomes a kept graph. */
async function complete(folder: string, about: string): Promise<void> {
  const proof = await proofOf(folder, about, await readFile(join(folder, GRAPH)))
  await writeFileAtomic(join(folder, ABOUT), JSON.stringify({ about, ...proof }), { flush: false })
  const weights = await open(join(folder, OPTIMIZED_WEIGHTS), 'r+')
  await weights.sync().finally(() => weights.close())
}

/** Those of this user on this machine. */
export const keptGraphs: KeptGraphs = { placeOf, find: findKept, keep: keepGraph }
