/** Files take shape under temporary names, which nothing but a `kill -9` or a power cut leaves behind, and that only for a while. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** After this time without a write the file of a process that is gone counts as left behind. */
const LEFT_BEHIND_MS = 10 * 60_000
const NAME = /^\..+\.maskwright-(\d+)-[0-9a-f]{12}\.tmp$/
/** Longest name of a file in bytes, and what a temporary name adds to that of its target at most. */
const [LONGEST, ADDED] = [255, 44]

const held = new Set<string>()
const swept = new Set<string>()

/**
 * Has `write` make a file under a temporary name in the folder of `target`, and renames it. Where that fails, or a signal
 * or `process.exit` ends the process before, the temporary file is removed and `target` stays as it was.
 */
export async function replaceFile(
  target: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = await holdTemporary(target)
  try {
    await write(temporary)
    await rename(temporary, target)
    releaseTemporary(temporary)
  } catch (error) {
    await removeTemporary(temporary)
    throw error
  }
}

/** A temporary name in the folder of `target`; a signal or `process.exit` removes the file or folder until it is released. */
export async function holdTemporary(target: string): Promise<string> {
  await removeLeftBehind(dirname(target))
  const temporary = temporaryName(target)
  hold(temporary)
  return temporary
}

/** Removes a file or folder and releases its name. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined)
  releaseTemporary(path)
}

/** A folder of its own among temporary files. */
export interface TemporaryFolder {
  readonly path: string
  remove(): Promise<void>
}

/** Makes a temporary folder, which a signal or `process.exit` removes as `remove` does. */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'maskwright-'))
  hold(path)
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true })
      releaseTemporary(path)
    },
  }
}

/** `.a.json.maskwright-<process>-<random>.tmp`; a long name is shortened. */
export function temporaryName(target: string): string {
  const name = basename(target)
  const isLong = Buffer.byteLength(name) > LONGEST - ADDED
  const start = isLong ? createHash('sha256').update(name).digest('hex') : name
  const unique = `${process.pid}-${randomBytes(6).toString('hex')}`
  return join(dirname(target), `.${start}.maskwright-${unique}.tmp`)
}

/** Once for each folder: removes what processes that were killed left there. */
async function removeLeftBehind(folder: string): Promise<void> {
  if (swept.has(folder)) return
  swept.add(folder)
  for (const name of await readdir(folder).catch(() => [])) {
    const [, id] = NAME.exec(name) ?? []
    if (id === undefined || isRunning(Number(id))) continue
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (!(found?.isFile() || found?.isDirectory()) || Date.now() - found.mtimeMs < LEFT_BEHIND_MS) continue
    await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Whether a process of that id is there, and not this one: in a container every run may have the same. */
export function isRunning(id: number): boolean {
  if (id === process.pid) return false
  try {
    return process.kill(id, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Has a signal or `process.exit` remove a file until it is released. Signals end a process at once where nobody listens, so
 * this listens while there is something to remove.
 */
export function hold(path: string): void {
  if (held.size === 0) {
    process.on('exit', removeTemporaryFiles)
    for (const signal of SIGNALS) if (process.listenerCount(signal) === 0) process.on(signal, endBySignal)
  }
  held.add(path)
}

/** For a file that has another name by now, or is gone. */
export function releaseTemporary(path: string): void {
  held.delete(path)
  if (held.size === 0) stopListening()
}

function stopListening(): void {
  process.off('exit', removeTemporaryFiles)
  for (const signal of SIGNALS) process.off(signal, endBySignal)
}

/** Removes what is being written, for those who are about to end the process. */
export function removeTemporaryFiles(): void {
  for (const path of held) rmSync(path, { recursive: true, force: true })
}

/** Ends the process as the signal would have, unless others listen to it by now. */
function endBySignal(signal: NodeJS.Signals): void {
  stopListening()
  if (process.listenerCount(signal) > 0) return
  removeTemporaryFiles()
  process.kill(process.pid, signal)
}
