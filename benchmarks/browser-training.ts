/** What a training step of a thin Mask R-CNN takes in Chromium beside Node, by threads; `webgpu` also tries WebGPU in software. */
import { createSession } from '../src/node/session.ts'
import type { SessionOptions } from '../src/runtime/session.ts'
import { stepsInPage } from '../test/browser/page-steps.ts'
import { type TakenSteps, takeSteps } from '../test/rectangle-training.ts'
import { argumentsOr } from './usage.ts'

const [count, device] = argumentsOr('browser-training.ts STEPS [webgpu]', 1)
const steps = Number(count)

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}

/** Or why it failed, in a line. */
function inPage(options: SessionOptions): Promise<TakenSteps | string> {
  return stepsInPage(steps, options, { isolated: true }).catch(
    ({ message }: Error) => message.split('\n', 1)[0],
  )
}

/** What was said in all rounds; the first step of each is left out, for a runtime warms up. */
function line(name: string, taken: readonly (TakenSteps | string)[], beside?: readonly TakenSteps[]): string {
  const failed = taken.find((one) => typeof one === 'string')
  if (failed !== undefined) return `${name}: ${failed}`
  const rounds = taken as readonly TakenSteps[]
  const stepOf = (all: readonly TakenSteps[]) =>
    median(all.flatMap(({ milliseconds }) => milliseconds.steps.slice(1)))
  const ratio = beside ? `, ${(stepOf(rounds) / stepOf(beside)).toFixed(2)} of Node's` : ''
  const expected = beside?.[0].losses ?? []
  const off = expected.findIndex(
    (loss, i) => !rounds.every(({ losses }) => Math.abs(losses[i] / loss - 1) <= 1e-4),
  )
  const same = beside ? `; losses within 1e-4 ${off < 0 ? 'in all steps' : `up to step ${off}`}` : ''
  const open = median(rounds.map(({ milliseconds }) => milliseconds.open)) / 1000
  return `${name}: open in ${open.toFixed(1)} s, a step ${stepOf(rounds).toFixed(0)} ms${ratio}${same}`
}

const ROUNDS = 3
const searchMemory = false
const ways = [1, 2].map((threads) => ({
  threads,
  onNode: [] as TakenSteps[],
  onWasm: [] as (TakenSteps | string)[],
}))
// In turns, since what else the machine does changes.
for (let round = 0; round < ROUNDS; round++) {
  for (const { threads, onNode, onWasm } of ways) {
    onNode.push(await takeSteps(createSession, steps, { threads, searchMemory }))
    onWasm.push(await inPage({ threads, searchMemory }))
  }
}
for (const { threads, onNode, onWasm } of ways) {
  const said = threads === 1 ? '1 thread' : `${threads} threads`
  console.log(line(`Node, ${said}`, onNode))
  console.log(line(`WebAssembly, ${said}`, onWasm, onNode))
}
if (device === 'webgpu') {
  const taken = await inPage({ threads: 1, searchMemory, device: 'webgpu' })
  console.log(line('WebGPU', [taken], ways[0].onNode))
}
