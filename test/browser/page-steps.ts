/** Steps of the thin training in a page of Chromium, as `takeSteps` takes them here. */
import type { SessionOptions } from '../../src/runtime/session.ts'
import type { TakenSteps } from '../rectangle-training.ts'
import { openPage } from './chromium.ts'
import type { PageTraining } from './training-graph-page.ts'

/**
 * In a page of its own: the threads of the first session count for all. Rejects with what went wrong in the page.
 * @param isolated as it has to be for more than one thread
 */
export async function stepsInPage(
  steps: number,
  options: SessionOptions,
  { isolated = false } = {},
): Promise<TakenSteps> {
  const script = new URL('./training-graph-page.ts', import.meta.url)
  const { page, close } = await openPage(script, { isolated, webgpu: options.device === 'webgpu' })
  try {
    await page.waitForFunction(() => 'training' in globalThis)
    const taken = await page.evaluate(
      ([steps, options]) =>
        (globalThis as unknown as { training: PageTraining }).training.take(steps, options),
      [steps, options] as const,
    )
    if (typeof taken === 'string') throw new Error(taken)
    return taken
  } finally {
    await close()
  }
}
