/** A graph in a folder, for sessions of several processes: its constants are mapped, and lie in memory once. */
import { copyFile, link, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeptGraph } from '../runtime/kept-graphs.ts'
import { type Device, OPTIMIZED_WEIGHTS } from '../runtime/session.ts'
import type { GraphFile } from './process-session.ts'
import { chosenDevice, createSession } from './session.ts'

const GRAPH = 'graph.onnx'

/** Has the folder hold a graph: one that was kept, or one that the runtime optimises here, where that is done ahead for the device. */
export async function placeGraph(
  folder: string,
  made: KeptGraph | { readonly graph: Uint8Array; readonly device: Device | 'auto' },
): Promise<GraphFile> {
  const path = join(folder, GRAPH)
  if ('filesFolder' in made) {
    await writeFile(path, made.graph)
    await linkOrCopy(join(made.filesFolder, OPTIMIZED_WEIGHTS), join(folder, OPTIMIZED_WEIGHTS))
    return optimized(folder)
  }
  const { graph, device } = made
  const chosen = device === 'auto' ? await chosenDevice() : device
  if (chosen !== 'cpu') {
    await writeFile(path, graph)
    return { path, folder, options: { device: chosen } }
  }
  await (await createSession(graph, { device: chosen, optimizedFile: path })).dispose()
  return optimized(folder)
}

function optimized(folder: string): GraphFile {
  return { path: join(folder, GRAPH), folder, options: { optimize: 'none', filesFolder: folder } }
}

/** The cache forgets what was not used for long; a link keeps what it names. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to))
}
