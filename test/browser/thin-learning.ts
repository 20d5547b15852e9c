/** Trainings in the page that take little: their settings, and what the browser keeps of them. */
import type { Page } from 'playwright-core'

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

/** As text: what compiles this file would put names of its own into a function. */
const READ = `(async (wanted) => {
  const ended = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result) })
  const { name } = (await indexedDB.databases()).find(({ name }) => name.startsWith('maskwright studio'))
  const database = await ended(indexedDB.open(name))
  const store = database.transaction('runs').objectStore('runs')
  const key = (await ended(store.getAllKeys())).find(([, file]) => file === wanted)
  const bytes = key === undefined ? new Uint8Array() : await ended(store.get(key))
  database.close()
  return new TextDecoder().decode(bytes)
})`

/** A file of the run, as text; empty where there is none. */
export async function keptOfRun(page: Page, name: string): Promise<string> {
  return (await page.evaluate(`${READ}(${JSON.stringify(name)})`)) as string
}
