/** What a training leaves in its folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { decodeSafetensors } from '../../src/weights/safetensors.ts'

const [LAST, BEST] = ['checkpoints/last.safetensors', 'checkpoints/best.safetensors']

/** The step of the last checkpoint, 0 without one, and what is wrong with those that are there. */
export function storedStep(run: string): { step: number; wrong: string[] } {
  const wrong: string[] = []
  let step = 0
  for (const name of [LAST, BEST]) {
    const bytes = contentOf(run, name)
    if (bytes.length === 0) continue
    try {
      decodeSafetensors(bytes)
    } catch (error) {
      wrong.push(`${name}: ${(error as Error).message}`)
    }
    if (name === LAST) step = Number(/\\"step\\":(\d+)/.exec(bytes.toString('latin1'))?.[1])
  }
  return { step, wrong }
}

/** Files under their temporary names. */
export function temporaryIn(run: string): string[] {
  if (!existsSync(run)) return []
  const names = readdirSync(run, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.tmp'))
}

/** In what a run is not another: checkpoints byte for byte, metrics but for times, names of files. */
export function differences(run: string, whole: string): string[] {
  const wrong: string[] = []
  for (const name of [LAST, BEST]) {
    const [got, expected] = [contentOf(run, name), contentOf(whole, name)]
    if (expected.length === 0 || !got.equals(expected)) wrong.push(`${name} is another`)
  }
  if (metricsOf(run) !== metricsOf(whole)) wrong.push('metrics.jsonl is another')
  const [got, expected] = [run, whole].map((folder) => readdirSync(folder).sort().join(' '))
  if (got !== expected) wrong.push(`files: ${got}; expected ${expected}`)
  const left = [...temporaryIn(run), ...(existsSync(path.join(run, 'features')) ? ['features'] : [])]
  if (left.length > 0) wrong.push(`left behind: ${left.join(', ')}`)
  return wrong
}

/** Lines of the metrics, as they stand in the file but for the times. */
function metricsOf(run: string): string {
  return contentOf(run, 'metrics.jsonl')
    .toString()
    .replaceAll(/,"step_ms":\d+,"wait_ms":\d+/g, '')
}

function contentOf(run: string, name: string): Buffer {
  const file = path.join(run, name)
  return existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
}
