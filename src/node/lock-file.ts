import { open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { codeOf } from './system-reasons.ts'
import { hold, isRunning, releaseTemporary } from './temporary-files.ts'

/** A lock is touched this often; one that was not for so long was left behind, by whatever machine. */
const [BEAT_MS, LEFT_BEHIND_MS] = [5_000, 60_000]
const LOOK_MS = 250

const own = new Set<string>()

/**
 * Does `work` while no other process, and nothing else in this one, does any under the same lock. A lock whose process is gone
 * is taken over.
 * @param onWait told once, where there is something to wait for
 */
export async function exclusively<T>(
  lock: string,
  work: () => Promise<T>,
  { signal, onWait }: { readonly signal?: AbortSignal; readonly onWait?: () => void } = {},
): Promise<T> {
  for (let tries = 0; !(await take(lock)); tries++) {
    if (await isLeftBehind(lock)) {
      await rm(lock, { force: true })
      continue
    }
    if (tries === 0) onWait?.()
    await delay(LOOK_MS, undefined, { signal }).catch(() => signal?.throwIfAborted())
  }
  const beat = setInterval(() => {
    const now = new Date()
    utimes(lock, now, now).catch(() => undefined)
  }, BEAT_MS)
  beat.unref()
  try {
    return await work()
  } finally {
    clearInterval(beat)
    own.delete(lock)
    await rm(lock, { force: true }).catch(() => undefined)
    releaseTemporary(lock)
  }
}

async function take(lock: string): Promise<boolean> {
  if (own.has(lock)) return false
  own.add(lock)
  try {
    const file = await open(lock, 'wx')
    hold(lock)
    await file.writeFile(JSON.stringify(SELF))
    await file.close()
    return true
  } catch (error) {
    own.delete(lock)
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

const SELF = { host: hostname(), process: process.pid }

async function isLeftBehind(lock: string): Promise<boolean> {
  if (own.has(lock)) return false
  const found = await stat(lock).catch(() => undefined)
  if (!found) return false
  if (Date.now() - found.mtimeMs > LEFT_BEHIND_MS) return true
  const owner = await readFile(lock, 'utf8')
    .then(JSON.parse, () => undefined)
    .catch(() => undefined)
  return owner?.host === SELF.host && !isRunning(owner.process)
}
