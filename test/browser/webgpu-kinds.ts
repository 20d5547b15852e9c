/**
 * `npm run webgpu [-- KIND...]`: compares a thin model of every kind, or of those named, on WebGPU with the CPU, where something is
 * found and where nothing is, and prints one line each: the largest difference of every output, and the seconds that it took. `training`
 * is ten steps of a thin Mask R-CNN, whose losses are compared. Exits 1 where one is beyond its tolerance, 2 where a kind does not
 * exist or there is no browser. Takes minutes a kind.
 */
import { createSession } from '../../src/node/session.ts'
import { takeSteps } from '../rectangle-training.ts'
import { findingNothing, thinFamily } from '../thin-family.ts'
import { chromiumPath, hasChromium } from './chromium.ts'
import { stepsInPage } from './page-steps.ts'
import { type ComparedOutput, openComparison } from './webgpu-comparison.ts'

const TRAINING = 'training'
const [STEPS, LOSS_TOLERANCE] = [10, 1e-4]

process.exitCode = await main(process.argv.slice(2))

async function main(named: readonly string[]): Promise<number> {
  const family = thinFamily()
  const kinds: ReadonlyMap<string, () => Promise<string>> = new Map([
    ...[...family].map(([name, file]) => [name, () => comparedLine([file, findingNothing(file)])] as const),
    [TRAINING, trainingLine],
  ])
  const unknown = named.filter((name) => !kinds.has(name))
  if (unknown.length > 0) {
    console.error(`no such kind: ${unknown.join(', ')}; there are ${[...kinds.keys()].join(', ')}`)
    return 2
  }
  if (!hasChromium) {
    console.error(`no browser at ${chromiumPath}: set CHROMIUM`)
    return 2
  }
  let failed = 0
  for (const [name, compared] of kinds) {
    if (named.length > 0 && !named.includes(name)) continue
    const started = performance.now()
    const line = await compared().catch((error) => `FAIL; ${error.message}`)
    if (line.startsWith('FAIL')) failed++
    console.log(`${name}: ${line}; ${Math.round((performance.now() - started) / 1000)} s`)
  }
  return failed > 0 ? 1 : 0
}

/** In a browser of its own for each file, which then has all memory there is. */
async function comparedLine(files: Parameters<typeof findingNothing>[0][]): Promise<string> {
  const outputs: ComparedOutput[] = []
  for (const file of files) {
    const comparison = await openComparison()
    try {
      outputs.push(...(await comparison.compare(file)))
    } finally {
      await comparison.close()
    }
  }
  const found = outputs.find(({ name }) => name === 'scores')?.shape[0]
  const worst = new Map<string, ComparedOutput>()
  for (const output of outputs) {
    const before = worst.get(output.name)
    if (!before || output.error > before.error) worst.set(output.name, output)
  }
  const isOk = outputs.every(({ error, tolerance }) => error < tolerance)
  const told = [...worst.values()].map(
    ({ name, error, tolerance }) => `${name} ${error.toExponential(1)}<${tolerance}`,
  )
  return `${isOk ? 'ok' : 'FAIL'}; ${found} found; ${told.join(', ')}`
}

/** The losses of training steps, relative to Node's. */
async function trainingLine(): Promise<string> {
  const options = { threads: 1, searchMemory: false }
  const onNode = await takeSteps(createSession, STEPS, options)
  const onGpu = await stepsInPage(STEPS, { ...options, device: 'webgpu' })
  const errors = onNode.losses.map((loss, i) => Math.abs(onGpu.losses[i] / loss - 1))
  const worst = Math.max(...errors)
  return `${worst < LOSS_TOLERANCE ? 'ok' : 'FAIL'}; ${STEPS} losses ${worst.toExponential(1)}<${LOSS_TOLERANCE}`
}
