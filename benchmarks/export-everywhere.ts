/**
 * Whether exported files say the same in every runtime as the model itself says: a thin model of every kind, with and without
 * detections, on images of 1 x 1, 3 x 2000, 640 x 480 and 2000 x 1500 pixels in one session, twice, in onnxruntime-node, in
 * onnxruntime-web in Chromium (named by CHROMIUM) and in Python's onnxruntime (PYTHON, with the package onnx, whose checker
 * reads every file). Prints the largest difference of each output; a runtime that is not there is named and left out.
 *
 *     npx tsx benchmarks/export-everywhere.ts all|MODEL...
 *
 * Ends with 1 where boxes or keypoints differ by more than 1e-4 pixels, or by more than two steps of float32 at the image's longer
 * side where that is larger, masks by more than 1e-4, or anything else by more than 1e-5.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { exportModel } from '../src/models/exported-model.ts'
import { createSession } from '../src/node/session.ts'
import { hasChromium, openPage } from '../test/browser/chromium.ts'
import { findingNothing, thinFamily } from '../test/thin-family.ts'
import { differences, type Outcome } from './export-everywhere/outcome.ts'
import { ownOutcome, type Picture, picture, runOnNode } from './export-everywhere/own.ts'
import type { RunAll } from './export-everywhere/page.ts'
import { argumentsOr } from './usage.ts'

const SIZES = [
  [1, 1],
  [3, 2000],
  [480, 640],
  [1500, 2000],
] as const
/** Ground that Node's process may take for what Python prints. */
const MOST_TEXT = 2 ** 30

const asked = argumentsOr('export-everywhere.ts all|MODEL...   (MODEL: mask-rcnn, centermask, ...)', 1)
const family = [...thinFamily()].filter(([name]) => asked.includes('all') || asked.includes(name))
const twice = [...SIZES, ...SIZES].map(([height, width]) => picture(height, width))
const sideOf = ({ shape: [height, width] }: Picture) => Math.max(height, width)
const SIDES = [...new Set(twice.map(sideOf))]
const names = twice.map(({ shape: [height, width] }) => `${height}x${width}`)

const folder = mkdtempSync(join(tmpdir(), 'maskwright-everywhere-'))
for (const [i, { data }] of twice.slice(0, SIZES.length).entries())
  writeFileSync(join(folder, names[i]), data)
const expected = new Map<string, Outcome>()
const found: Record<string, (model: string) => Promise<Outcome>> = {
  'onnxruntime-node': async (model) => runOnNode(await readFile(join(folder, model)), twice),
}

const python = process.env.PYTHON
if (python) found["Python's onnxruntime"] = inPython
else console.log("Python's onnxruntime: left out, no PYTHON is named")
const opened = hasChromium
  ? await openPage(new URL('./export-everywhere/page.ts', import.meta.url))
  : undefined
if (opened) {
  await opened.page.route('**/files/*', (route) =>
    route.fulfill({ path: join(folder, basename(route.request().url())) }),
  )
  await opened.page.waitForFunction(() => 'runAll' in globalThis)
  found['onnxruntime-web'] = (model) =>
    opened.page.evaluate(
      ([file, images]) =>
        (globalThis as unknown as { runAll: RunAll }).runAll(file as string, images as string[]),
      [model, names] as const,
    )
} else console.log('onnxruntime-web: left out, there is no Chromium (CHROMIUM)')

let bad = 0
try {
  for (const [name, file] of family) {
    for (const [variant, each] of Object.entries({
      [name]: file,
      [`${name}, nothing`]: findingNothing(file),
    })) {
      const model = `${variant.replace(', ', '-')}.onnx`
      writeFileSync(join(folder, model), (await exportModel(each, createSession)).bytes)
      const own = await ownOutcome(each, twice)
      expected.set(model, own)
      console.log(`${variant}: ${own.map(({ scores }) => scores.shape[0]).join(' ')} found`)
      for (const [runtime, run] of Object.entries(found)) {
        const outcome = await run(model)
        for (const side of SIDES) {
          const isOfSide = (_: unknown, i: number) => sideOf(twice[i]) === side
          const most = differences(outcome.filter(isOfSide), own.filter(isOfSide), side)
          const cells = [...most].map(([output, { difference, isTooFar }]) => {
            if (isTooFar) bad++
            return `${output} ${difference.toExponential(1)}${isTooFar ? ' TOO FAR' : ''}`
          })
          console.log(`  ${runtime.padEnd(20)} ${side} pixels: ${cells.join(', ')}`)
        }
      }
    }
  }
} finally {
  await opened?.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = bad > 0 ? 1 : 0

async function inPython(model: string): Promise<Outcome> {
  const script = fileURLToPath(new URL('./export-everywhere/run.py', import.meta.url))
  const { stdout } = await promisify(execFile)(python!, [script, folder, model, '--', ...names], {
    maxBuffer: MOST_TEXT,
  })
  return JSON.parse(stdout)
}
