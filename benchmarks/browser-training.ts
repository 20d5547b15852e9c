/** What a training step of a thin Mask R-CNN takes in Chromium beside Node, by threads; `webgpu` also tries WebGPU in software. */
import { createSession } from '../src/node/session.ts'
import type { SessionOptions } from '../src/runtime/session.ts'
import { openPage } from '../test/browser/chromium.ts'
import type { PageTraining } from '../test/browser/training-graph-page.ts'
import { type TakenSteps, takeSteps } from '../test/rectangle-training.ts'
import { argumentsOr } from './usage.ts'

const [count, device] = argumentsOr('browser-training.ts STEPS [webgpu]', 1)
const steps = Number(count)

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}

/** In a page of its own: the threads of the first session count for all. */
async function inPage(options: SessionOptions): Promise<TakenSteps | string> {
  const webgpu = options.device === 'webgpu'
  const { page, close } = await openPage(new URL('../test/browser/training-graph-page.ts', import.meta.url), {
    isolated: true,
    webgpu,
  })
  try {
    await page.waitForFunction(() => 'training' in globalThis)
    return await page.evaluate(
      ([steps, options]) =>
        (globalThis as unknown as { training: PageTraining }).training.take(steps, options),
      [steps, options] as const,
    )
  } catch (error) {
    return (error as Error).message.split('\n', 1)[0]
  } finally {
    await close()
  }
}

/** The first step is left out: a runtime warms up. */
function line(name: string, taken: TakenSteps | string, beside?: TakenSteps): string {
  if (typeof taken === 'string') return `${name}: ${taken}`
  const time = median(taken.milliseconds.steps.slice(1))
  const ratio = beside ? `, ${(time / median(beside.milliseconds.steps.slice(1))).toFixed(2)} of Node's` : ''
  const off = beside ? taken.losses.findIndex((loss, i) => Math.abs(loss / beside.losses[i] - 1) > 1e-4) : -1
  const same = beside ? `; losses within 1e-4 ${off < 0 ? 'in all steps' : `up to step ${off}`}` : ''
  return `${name}: open in ${(taken.milliseconds.open / 1000).toFixed(1)} s, a step ${time.toFixed(0)} ms${ratio}${same}`
}

for (const threads of [1, 2]) {
  const options = { threads, searchMemory: false }
  const onNode = await takeSteps(createSession, steps, options)
  console.log(line(`Node, ${threads} threads`, onNode))
  console.log(line(`WebAssembly, ${threads} threads`, await inPage(options), onNode))
  if (device === 'webgpu' && threads === 1)
    console.log(line('WebGPU', await inPage({ ...options, device: 'webgpu' }), onNode))
}
