/** Seconds of every preset on one picture, measured with random weights and kept beside this file. */
import { readFileSync, writeFileSync } from 'node:fs'
import { busyModel } from '../../src/cli/bench/busy-model.ts'
import { buildModel } from '../../src/models/catalogue.ts'
import { inferenceModel } from '../../src/models/inference-graph.ts'
import { createSession } from '../../src/node/session.ts'
import { random } from '../../src/tensor/random.ts'
import { tensor } from '../../src/tensor/tensor.ts'

/** Of the picture, before the preset enlarges it. */
export const PICTURE = { height: 480, width: 640 }
const THREADS = 2
const ROUNDS = 3
const KEPT = new URL('latency.json', import.meta.url)

/** By preset. */
export function keptLatencies(): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(KEPT, 'utf8'))
}

/** Measures presets, and keeps the seconds of each as soon as they are known: the fastest of three runs after one. */
export async function measureLatencies(presets: readonly string[]): Promise<void> {
  const { height, width } = PICTURE
  const { integer } = random(0)
  const noise = Uint8Array.from({ length: height * width * 3 }, () => integer(256))
  const image = tensor('uint8', [height, width, 3], noise)
  for (const preset of presets) {
    const { config, weights } = await busyModel(preset, image, createSession, { threads: THREADS })
    const session = await createSession(inferenceModel(buildModel(config), weights), { threads: THREADS })
    const seconds: number[] = []
    for (let round = 0; round <= ROUNDS; round++) {
      const started = performance.now()
      await session.run({ image })
      if (round > 0) seconds.push((performance.now() - started) / 1000)
    }
    await session.dispose()
    const kept = { ...keptLatencies(), [preset]: Number(Math.min(...seconds).toFixed(3)) }
    writeFileSync(KEPT, `${JSON.stringify(kept, null, 2)}\n`)
    console.error(`${preset}: ${seconds.map((each) => each.toFixed(3)).join(' ')} s`)
  }
}
