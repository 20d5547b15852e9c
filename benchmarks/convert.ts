/**
 * Memory of converting a large annotation file: a COCO file of the size asked for is made up (polygons, a tenth of them in
 * three pieces, and compressed run lengths, on 30,000 images), converted by `maskwright data convert` in a process of its
 * own, and the peak of its resident memory told as a multiple of the file's size.
 *
 *     npx tsx benchmarks/convert.ts megabytes [format]
 *
 * Default: coco. Figures: docs/benchmarks.md.
 */
import { execFileSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { peakBytes } from '../src/cli/bench/peak-memory.ts'
import { main } from '../src/cli/main.ts'
import { compressRle } from '../src/geometry/rle.ts'
import { random } from '../src/tensor/random.ts'
import { argumentsOr } from './usage.ts'

const IMAGES = 30_000
const CLASSES = 80
const WIDTH = 1280
const HEIGHT = 960

function* cocoFile(bytes: number): Generator<string> {
  const { uniform: chance } = random(0)
  const list = (count: number, entry: (id: number) => object) =>
    Array.from({ length: count }, (_, i) => JSON.stringify(entry(i + 1))).join(',\n')
  yield `{"images":[${list(IMAGES, (id) => ({ id, file_name: `${id}.jpg`, width: WIDTH, height: HEIGHT }))}],`
  yield `"categories":[${list(CLASSES, (id) => ({ id, name: `class ${id}` }))}],"annotations":[`
  for (let id = 1, written = 0; written < bytes; id++) {
    const [x, y] = [100 + chance() * (WIDTH - 200), 100 + chance() * (HEIGHT - 200)]
    const radius = 10 + chance() * 85
    const segmentation = chance() < 0.6 ? blobs(x, y, radius, chance) : disc(x, y, radius, chance)
    const bbox = [x - radius, y - radius, 2 * radius, 2 * radius].map((value) => Number(value.toFixed(2)))
    const place = { image_id: 1 + (id % IMAGES), category_id: 1 + (id % CLASSES) }
    const text = JSON.stringify({ id, ...place, iscrowd: 0, bbox, segmentation })
    written += text.length
    yield (id > 1 ? ',\n' : '') + text
  }
  yield ']}'
}

/** One to three ragged outlines of 10 to 120 corners. */
function blobs(x: number, y: number, radius: number, chance: () => number): number[][] {
  return Array.from({ length: chance() < 0.1 ? 3 : 1 }, (_, piece) => {
    const corners = 10 + Math.floor(chance() * 110)
    return Array.from({ length: corners }, (__, i) => {
      const [angle, reach] = [(2 * Math.PI * i) / corners, radius * (0.6 + 0.4 * chance())]
      return [x + 30 * piece + reach * Math.cos(angle), y + reach * Math.sin(angle)]
    })
      .flat()
      .map((value) => Number(value.toFixed(2)))
  })
}

/** A disc with ragged ends of its columns. */
function disc(x: number, y: number, radius: number, chance: () => number): object {
  const counts: number[] = []
  let end = 0
  for (let column = Math.ceil(x - radius); column <= x + radius; column++) {
    const half = Math.sqrt(Math.max(0, radius ** 2 - (column - x) ** 2)) * (0.7 + 0.3 * chance())
    const [top, bottom] = [Math.round(y - half), Math.round(y + half)]
    if (bottom <= top) continue
    counts.push(column * HEIGHT + top - end, bottom - top)
    end = column * HEIGHT + bottom
  }
  return compressRle({ size: [HEIGHT, WIDTH], counts: [...counts, WIDTH * HEIGHT - end] })
}

async function compare(megabytes: number, format: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-convert-'))
  try {
    const source = join(folder, 'source.json')
    await pipeline(Readable.from(cocoFile(megabytes * 1e6)), createWriteStream(source))
    const target = join(folder, format === 'coco' ? 'target.json' : 'target')
    const started = performance.now()
    const told = execFileSync(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(import.meta.url), 'own', source, target, format],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const seconds = (performance.now() - started) / 1000
    const peak = Number(/peak (\d+)/.exec(told)?.[1])
    const size = statSync(source).size
    console.log(told.split('\n', 1)[0])
    console.log(
      `file ${(size / 1e6).toFixed(0)} MB, peak memory ${(peak / 1e6).toFixed(0)} MB, ratio ${(peak / size).toFixed(1)}; ${seconds.toFixed(0)} s`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function own(source: string, target: string, format: string): Promise<void> {
  process.exitCode = await main(['data', 'convert', source, target, '--to', format])
  console.log(`peak ${peakBytes()}`)
}

const [first, second = 'coco', ...rest] = argumentsOr(
  'convert.ts MEGABYTES [FORMAT]   (for example 500 coco)',
  1,
)
if (first === 'own') await own(second, rest[0], rest[1])
else await compare(Number(first), second)
