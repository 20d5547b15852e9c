/**
 * Whether small images that wait together are worth to be computed together: processor time of an image in a graph of `export
 * --batch N` against one by itself, one thread, in turns.
 *
 *     npx tsx benchmarks/micro-batches.ts SIDE[,SIDE] [ROUNDS] [--json]
 *
 * The pictures are crops of the demo images with sides of so many pixels. Figures: docs/deployment.md.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { quantile } from '../src/cli/bench/quantile.ts'
import { exportModel } from '../src/models/exported-model.ts'
import { decodeModelFile } from '../src/models/model-file.ts'
import { decodeImage } from '../src/node/decode-image.ts'
import { demoImagesFolder, loadModelBytes } from '../src/node/package-files.ts'
import { createSession } from '../src/node/session.ts'
import { type Tensor, tensor } from '../src/tensor/tensor.ts'
import { argumentsOr } from './usage.ts'

const SIZES = [1, 2, 4, 8]
const given = argumentsOr('micro-batches.ts SIDE[,SIDE] [ROUNDS] [--json]', 1)
const [sides, rounds = '5'] = given.filter((argument) => argument !== '--json')
const file = decodeModelFile(await loadModelBytes('nuclei'))
const graphs = await Promise.all(
  SIZES.map(async (batch) => {
    const { bytes } = await exportModel(file, createSession, batch === 1 ? {} : { batch })
    return { batch, session: await createSession(bytes, { threads: 1 }) }
  }),
)
const pictures = await Promise.all(
  readdirSync(demoImagesFolder())
    .filter((name) => /\.(png|jpe?g)$/i.test(name))
    .map((name) => decodeImage(readFileSync(join(demoImagesFolder(), name)))),
)
const figures: Record<string, Record<number, number>> = {}
for (const side of sides.split(',').map(Number)) {
  const crops = Array.from({ length: 8 }, (_, i) => cropped(pictures[i % pictures.length], side))
  const took = new Map<number, number[]>(SIZES.map((size) => [size, []]))
  for (let round = 0; round <= Number(rounds); round++) {
    for (const { batch, session } of graphs) {
      const started = process.cpuUsage()
      for (let from = 0; from < crops.length; from += batch)
        await session.run(feeds(crops, from, batch, side))
      const { user, system } = process.cpuUsage(started)
      // The first time takes longer.
      if (round > 0) took.get(batch)!.push((user + system) / 1000 / crops.length)
    }
  }
  figures[side] = Object.fromEntries([...took].map(([batch, all]) => [batch, quantile(all, 0.5)]))
}
for (const { session } of graphs) await session.dispose()
if (given.includes('--json')) console.log(JSON.stringify({ figures }))
else {
  console.log(`| side | ${SIZES.map((size) => `${size} at once`).join(' | ')} |`)
  for (const [side, of] of Object.entries(figures)) {
    console.log(
      `| ${side} | ${SIZES.map((size) => `${of[size].toFixed(1)} ms (${(of[1] / of[size]).toFixed(2)})`).join(' | ')} |`,
    )
  }
}

function feeds(
  crops: readonly Uint8Array[],
  from: number,
  batch: number,
  side: number,
): Record<string, Tensor> {
  if (batch === 1) return { image: tensor('uint8', [side, side, 3], crops[from]) }
  const data = new Uint8Array(batch * side * side * 3)
  for (let i = 0; i < batch; i++) data.set(crops[from + i], i * side * side * 3)
  return { images: tensor('uint8', [batch, side, side, 3], data) }
}

function cropped({ data, width }: { data: ArrayLike<number>; width: number }, side: number): Uint8Array {
  const crop = new Uint8Array(side * side * 3)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side * 3; x++) crop[y * side * 3 + x] = data[y * width * 3 + x]
  }
  return crop
}
