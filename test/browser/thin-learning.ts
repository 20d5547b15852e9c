/** Trainings in the page that take little: their settings, and what the browser keeps of them. */
import type { Page } from 'playwright-core'
import { askedStore } from './page-database.ts'

const SIZE = { minSize: 64, maxSize: 96 }
const HEAD = { norm: { kind: 'groupNorm', groups: 4 } }

/** Settings of the whole body with thin heads, on small pictures, as the panel takes them. */
export function thinLearning({
  steps,
  saveEvery = 5,
}: {
  readonly steps: number
  readonly saveEvery?: number
}): string {
  return Object.entries({
    ...{ steps, evaluateEvery: steps, saveEvery, logEvery: 1 },
    ...{ optimizeGraph: false, searchMemory: false, emaDecay: 0.5 },
    'augment.scale': { kind: 'shortest-side', ...SIZE },
    'model.transform.resize': { kind: 'shortest-side', ...SIZE },
    'model.fpn': { channels: 16, ...HEAD },
    'model.box.head.width': 16,
    'model.mask.head': { convs: 1, width: 16, ...HEAD },
  })
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join('\n')
}

/** A file of the run, as text; empty where there is none. */
export async function keptOfRun(page: Page, name: string): Promise<string> {
  const keys = (await askedStore(page, 'runs', 'getAllKeys')) as string[][]
  const key = keys.find(([, file]) => file === name)
  const bytes = key && ((await askedStore(page, 'runs', 'get', key)) as Uint8Array)
  return new TextDecoder().decode(bytes)
}
