/** Graphs as ONNX Runtime has optimised them, in the user's cache: a model then is ready sooner (`benchmarks/cold-start.ts`). */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { arch, cpus, platform } from 'node:os'
import { dirname, join } from 'node:path'
import type { KeptGraph, KeptGraphs } from '../runtime/kept-graphs.ts'
import type { Device } from '../runtime/session.ts'
import { makeFolder, writeFileAtomic } from './files.ts'
import { cacheFolder } from './model-cache.ts'
import { packageVersion } from './package-files.ts'
import { chosenDevice, RUNTIME_VERSION } from './session.ts'
import { holdTemporary, removeTemporary } from './temporary-files.ts'

/** Raised when a file of an older version would be read wrongly. */
const FORMAT = 1
const ENDING = '.graph'
/** All files together; those that were not used for longest go first. */
const MOST_BYTES = 2 ** 30
/** Models of more bytes are not kept: their files would fill the cache, and what they would save was not measured. */
const LARGEST_MODEL = 2 ** 26
/** A file: digest of the rest, length of `about` and version, `about`, the graph from a multiple of 8 bytes on. */
const [DIGEST_BYTES, HEAD_BYTES] = [16, 24]

/**
 * Optimised graphs differ by processor, whose widest registers decide how weights are laid out: what is known of it is part of
 * the name. `MASKWRIGHT_KEPT_GRAPHS=off` keeps none. Code that runs from its sources changes under one version: it keeps none
 * unless that is `on`.
 */
async function placeOf(
  model: Uint8Array,
  settings: string,
  device: Device | 'auto' | undefined,
): Promise<string | undefined> {
  if (!isWanted() || model.length > LARGEST_MODEL) return undefined
  if ((device === 'auto' ? await chosenDevice() : (device ?? 'cpu')) !== 'cpu') return undefined
  const makers = [FORMAT, packageVersion(), builtAt(), RUNTIME_VERSION, machine()]
  const follows = [makers, settings, model.length, digest(model)]
  const name = createHash('sha256').update(JSON.stringify(follows)).digest('hex')
  return join(cacheFolder(), 'graphs', name + ENDING)
}

function isWanted(): boolean {
  const { MASKWRIGHT_KEPT_GRAPHS } = process.env
  return import.meta.url.endsWith('.ts') ? MASKWRIGHT_KEPT_GRAPHS === 'on' : MASKWRIGHT_KEPT_GRAPHS !== 'off'
}

/** Time of this file: builds of one version differ while it is worked on. */
function builtAt(): number {
  return statSync(new URL(import.meta.url)).mtimeMs
}

function machine(): readonly string[] {
  const [cpu] = cpus()
  return [platform(), arch(), cpu?.model ?? '', processorFeatures()]
}

/** What Linux says that the processor can; a virtual machine may hide some of what the model has. */
function processorFeatures(): string {
  if (platform() !== 'linux') return ''
  try {
    return /^(flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[0] ?? ''
  } catch {
    return ''
  }
}

async function findKept(place: string): Promise<KeptGraph | undefined> {
  const file = await readFile(place).catch(() => undefined)
  if (!file || file.length < HEAD_BYTES) return undefined
  const head = new DataView(file.buffer, file.byteOffset, HEAD_BYTES)
  const rest = file.subarray(DIGEST_BYTES)
  if (!digest(rest).every((word, i) => word === head.getUint32(4 * i, true))) return undefined
  const aboutBytes = head.getUint32(DIGEST_BYTES, true)
  if (head.getUint32(DIGEST_BYTES + 4, true) !== FORMAT) return undefined
  await utimes(place, new Date(), new Date()).catch(() => undefined)
  return {
    about: file.toString('utf8', HEAD_BYTES, HEAD_BYTES + aboutBytes),
    graph: file.subarray(graphPlace(aboutBytes)),
  }
}

function graphPlace(aboutBytes: number): number {
  return Math.ceil((HEAD_BYTES + aboutBytes) / 8) * 8
}

/** The bytes of a file that `findKept` reads. */
function encodeKept({ about, graph }: KeptGraph): Uint8Array {
  const text = Buffer.from(about)
  const start = graphPlace(text.length)
  const bytes = new Uint8Array(start + graph.length)
  bytes.set(text, HEAD_BYTES)
  bytes.set(graph, start)
  const words = new DataView(bytes.buffer)
  words.setUint32(DIGEST_BYTES, text.length, true)
  words.setUint32(DIGEST_BYTES + 4, FORMAT, true)
  for (const [i, word] of digest(bytes.subarray(DIGEST_BYTES)).entries()) words.setUint32(4 * i, word, true)
  return bytes
}

/** A cache that takes no file, or an incomplete one, costs time the next time and nothing else. */
const keepGraph: KeptGraphs['keep'] = async (place, about, open) => {
  const folder = dirname(place)
  const raw = await makeFolder(folder)
    .then(() => holdTemporary(`${place}.onnx`))
    .catch(() => undefined)
  if (raw === undefined) return open()
  try {
    const session = await open(raw).catch(() => undefined)
    if (!session) return await open()
    try {
      const graph = await readFile(raw)
      await writeFileAtomic(place, encodeKept({ about, graph }), { flush: false })
      await forgetOldest(folder)
    } catch {
      // The session is there all the same.
    }
    return session
  } finally {
    await removeTemporary(raw)
  }
}

/** Those of this user on this machine. */
export const keptGraphs: KeptGraphs = { placeOf, find: findKept, keep: keepGraph }

async function forgetOldest(folder: string): Promise<void> {
  const paths = (await readdir(folder))
    .filter((name) => name.endsWith(ENDING))
    .map((name) => join(folder, name))
  const files = await Promise.all(paths.map(async (path) => ({ path, ...(await sizeAndUse(path)) })))
  let room = MOST_BYTES
  for (const { path, size } of files.sort((a, b) => b.usedAt - a.usedAt)) {
    room -= size
    if (room < 0) await rm(path, { force: true })
  }
}

/** Another process may have removed it. */
async function sizeAndUse(path: string): Promise<{ size: number; usedAt: number }> {
  const found = await stat(path).catch(() => undefined)
  return { size: found?.size ?? 0, usedAt: found?.mtimeMs ?? 0 }
}

/**
 * 128 bits of bytes in four lanes, each mixed by a permutation, so that a change of any one word shows. It tells damage and
 * other models, at ten times the speed of a cryptographic digest; it is no protection from whoever may write to the cache.
 */
function digest(bytes: Uint8Array): number[] {
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  const words = new Int32Array(buffer, byteOffset, length >> 2)
  let [a, b, c, d] = [1, 2, 3, 4]
  const whole = words.length - (words.length % 4)
  for (let i = 0; i < whole; i += 4) {
    a = mixed(a ^ words[i])
    b = mixed(b ^ words[i + 1])
    c = mixed(c ^ words[i + 2])
    d = mixed(d ^ words[i + 3])
  }
  for (let at = 4 * whole; at < length; at++) a = mixed(a ^ bytes[at])
  return [a, b, c, d].map((lane) => lane >>> 0)
}

function mixed(word: number): number {
  return Math.imul((word << 13) | (word >>> 19), 0x9e3779b1)
}
