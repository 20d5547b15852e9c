/**
 * Pasting masks into an image as runs, against pasting all pixels and encoding the bitmap: 100 masks of 28x28 cells, each in a box
 * of 500x500 pixels of an image of 800x1088.
 *
 *     npx tsx benchmarks/paste.ts ROUNDS [--json]
 *
 * Medians over the rounds; each way in a process of its own, that the code of the other leaves no trace in. Figures:
 * docs/performance.md.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { quantile } from '../src/cli/bench/quantile.ts'
import type { Box } from '../src/geometry/boxes.ts'
import { type MaskProbabilities, pasteMask, pasteMaskProbabilities } from '../src/geometry/paste-mask.ts'
import { encodeRle } from '../src/geometry/rle.ts'
import { argumentsOr } from './usage.ts'

const SIZE = { height: 800, width: 1088 }
const MASKS = 100
/** Rounds that come before those that are measured. */
const WARMING = 5
const SIDE = 28

/** Blobs with three to seven lobes, soft at the rim as a mask head makes them. */
function blob(k: number): MaskProbabilities {
  const lobes = 3 + (k % 5)
  const data = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [y, x] = [(Math.floor(i / SIDE) + 0.5) / SIDE - 0.5, ((i % SIDE) + 0.5) / SIDE - 0.5]
    const rim = 0.38 + 0.06 * Math.sin(lobes * Math.atan2(y, x) + k)
    return 1 / (1 + Math.exp(30 * (Math.hypot(x, y) - rim)))
  })
  return { data, side: SIDE }
}

const found = Array.from({ length: MASKS }, (_, k) => {
  const [left, top] = [((37 * k) % 580) + k / 100, ((53 * k) % 290) + k / 70]
  return { mask: blob(k), box: [left, top, left + 500, top + 500] as Box }
})

function milliseconds(work: () => void): number {
  const started = performance.now()
  work()
  return performance.now() - started
}

const ways = {
  runs: () => found.map(({ mask, box }) => pasteMask(mask, box, SIZE)),
  bitmap: () =>
    found.map(({ mask, box }) =>
      encodeRle(
        pasteMaskProbabilities(mask, box, SIZE).map((value) => Number(value >= 0.5)),
        SIZE,
      ),
    ),
}

const [rounds, ...flags] = argumentsOr('paste.ts ROUNDS [--json]', 1)
const way = flags.find((flag): flag is keyof typeof ways => flag in ways)
if (way) console.log(JSON.stringify(samplesOf(way)))
else compare()

/** Seconds of a way as a warm program runs it. */
function samplesOf(way: keyof typeof ways): number[] {
  const count = WARMING + Number(rounds)
  return Array.from({ length: count }, () => milliseconds(ways[way]) / 1000).slice(WARMING)
}

function compare(): void {
  if (JSON.stringify(ways.runs()) !== JSON.stringify(ways.bitmap()))
    throw new Error('the two ways give other runs')
  const samples = { runs: alone('runs'), bitmap: alone('bitmap') }
  const [seconds, bitmapSeconds] = [quantile(samples.runs, 0.5), quantile(samples.bitmap, 0.5)]
  const figures = { seconds, bitmapSeconds, ratio: seconds / bitmapSeconds }
  if (flags.includes('--json')) console.log(JSON.stringify({ figures, samples }, null, 2))
  else
    console.log(
      `runs ${(1000 * seconds).toFixed(2)} ms, by way of bitmaps ${(1000 * bitmapSeconds).toFixed(1)} ms, ratio ${figures.ratio.toFixed(4)}`,
    )
}

/** What a way measures in a process of its own. */
function alone(way: keyof typeof ways): number[] {
  const [program, ...script] = [process.execPath, '--import', 'tsx', fileURLToPath(import.meta.url)]
  return JSON.parse(execFileSync(program, [...script, rounds, way], { encoding: 'utf8' }))
}
