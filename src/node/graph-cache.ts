/** The part of the user's cache in which graphs lie that were made of models: where each lies, and which go when there are many. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { arch, cpus, platform } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from './model-cache.ts'
import { packageVersion } from './package-files.ts'
import { RUNTIME_VERSION } from './session.ts'

/** Raised when what lies there from before would be read wrongly. */
const FORMAT = 2
/** Everything together; what was not used for longest goes first. */
const MOST_BYTES = 2 ** 30
/** Of larger models nothing is kept: with their graph, which may be twice as large, they would fill half of the cache. */
const LARGEST_MODEL = 2 ** 28

/**
 * Where that lies which was made of a model's bytes with some settings; undefined where nothing is kept. Graphs differ by processor,
 * whose widest registers decide how weights are laid out: what is known of it is part of the name. `MASKWRIGHT_KEPT_GRAPHS=off`
 * keeps none. Code that runs from its sources changes under one version: it keeps none unless that is `on`.
 */
export function cachePlace(model: Uint8Array, settings: string): string | undefined {
  if (!isWanted() || model.length > LARGEST_MODEL) return undefined
  const makers = [FORMAT, packageVersion(), builtAt(), RUNTIME_VERSION, machine()]
  const follows = [makers, settings, model.length, digest(model)]
  return join(graphsFolder(), createHash('sha256').update(JSON.stringify(follows)).digest('hex'))
}

export function graphsFolder(): string {
  return join(cacheFolder(), 'graphs')
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

/** Notes that something of the cache was used. */
export async function markUsed(place: string): Promise<void> {
  await utimes(place, new Date(), new Date()).catch(() => undefined)
}

export async function forgetOldest(): Promise<void> {
  const folder = graphsFolder()
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'))
  const entries = await Promise.all(names.map((name) => sizeAndUse(join(folder, name))))
  let room = MOST_BYTES
  for (const { path, size } of entries.sort((a, b) => b.usedAt - a.usedAt)) {
    room -= size
    if (room < 0) await rm(path, { recursive: true, force: true })
  }
}

/** Of a file or a folder of files, which another process may have removed. */
async function sizeAndUse(path: string): Promise<{ path: string; size: number; usedAt: number }> {
  const found = await stat(path).catch(() => undefined)
  const files = found?.isDirectory() ? await readdir(path).catch(() => []) : []
  const within = await Promise.all(files.map((name) => sizeAndUse(join(path, name))))
  const size = within.reduce((sum, file) => sum + file.size, found?.size ?? 0)
  return { path, size, usedAt: found?.mtimeMs ?? 0 }
}

/**
 * 128 bits of bytes in four lanes, each mixed by a permutation, so that a change of any one word shows. It tells damage and
 * other models, at ten times the speed of a cryptographic digest; it is no protection from whoever may write to the cache.
 */
export function digest(bytes: Uint8Array): number[] {
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
