/** Takes training steps in a page; `training-graph.test.ts` and `benchmarks/browser-training.ts` ask it to. */
import type { SessionOptions } from '../../src/runtime/session.ts'
import { createSession, setWasmFolder } from '../../src/web/session.ts'
import { takeSteps } from '../rectangle-training.ts'

setWasmFolder(new URL('/wasm/', location.href).href)

const training = {
  /** What went wrong, in place of steps, where something did. */
  take: (steps: number, options: SessionOptions) =>
    takeSteps(createSession, steps, options).catch((error: Error) => error.message),
}
export type PageTraining = typeof training
Object.assign(globalThis, { training })
