/**
 * What a Mask R-CNN of random weights costs on its way: `weights import` of a `.pth`, loading until it is ready to run, and `export`,
 * each in a process of its own, by the built package. Needs `npm run build`.
 *
 *     npx tsx benchmarks/weights.ts BODY... [--json]     (resnet50, resnext101_64x4d, ...)
 *
 * Seconds on the clock, seconds of processor time, and the peak of the process's memory; modules are imported before. Graphs are
 * not kept. Figures: docs/weights.md, docs/export.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { input } from '../src/graph/value.ts'
import type { BodyConfig } from '../src/models/bodies/bodies.ts'
import { buildModel } from '../src/models/catalogue.ts'
import { cocoCategories } from '../src/models/coco-categories.ts'
import { encodeModelFile } from '../src/models/model-file.ts'
import { maskRcnnResnet50Fpn } from '../src/models/presets.ts'
import { initialize } from '../src/nn/init.ts'
import { asInputs, rootScope } from '../src/nn/scope.ts'
import { argumentsOr } from './usage.ts'

interface Cost {
  readonly seconds: number
  readonly processorSeconds: number
  readonly peakBytes: number
}

const [cli, library] = ['cli/main.js', 'index.node.js'].map(
  (file) => new URL(`../dist/${file}`, import.meta.url),
)
const measured = (imports: string, work: string) => `
${imports}
const [started, before] = [performance.now(), process.cpuUsage()]
${work}
const { user, system } = process.cpuUsage(before)
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ seconds, processorSeconds: (user + system) / 1e6, peakBytes: process.resourceUsage().maxRSS * 1024 }))
process.exit()
`
const COMMAND = measured(
  `import { main } from '${cli}'`,
  'if (await main(process.argv.slice(1))) process.exit(1)',
)
const LOAD = measured(
  `import { Detector } from '${library}'`,
  "await Detector.load(process.argv[1], { device: 'cpu' })",
)

const bodies = argumentsOr('weights.ts BODY... [--json]   (needs `npm run build`)', 1).filter(
  (argument) => argument !== '--json',
)
const folder = mkdtempSync(join(tmpdir(), 'maskwright-weights-'))
const costs: Record<string, Record<string, Cost>> = {}
try {
  for (const body of bodies) costs[body] = costsOf(body)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (process.argv.includes('--json')) console.log(JSON.stringify(costs))

function costsOf(name: string): Record<string, Cost> {
  const at = (file: string) => join(folder, `${name}${file}`)
  writeFileSync(at('.safetensors'), randomModel(name))
  execute(COMMAND, ['weights', 'export', at('.safetensors'), '--out', at('.pth')])
  const imported = (precision: string) => {
    const out = ['--out', at(`-${precision}.safetensors`), '--precision', precision]
    return ['weights', 'import', at('.pth'), '--architecture', at('.safetensors'), ...out]
  }
  const exported = (precision: string) => {
    const out = ['--out', at(`-${precision}.onnx`), '--precision', precision]
    return ['export', '--model', at('.safetensors'), ...out]
  }
  const found: Record<string, Cost> = {}
  for (const [what, script, line] of [
    ['import, fp32', COMMAND, imported('fp32')],
    ['import, fp16', COMMAND, imported('fp16')],
    ['load, fp32', LOAD, [at('-fp32.safetensors')]],
    ['load, fp16', LOAD, [at('-fp16.safetensors')]],
    ['export, fp32', COMMAND, exported('fp32')],
    ['export, fp16', COMMAND, exported('fp16')],
    ['load the export, fp32', LOAD, [at('-fp32.onnx')]],
  ] as const) {
    found[what] = execute(script, line)
    const { seconds, processorSeconds, peakBytes } = found[what]
    console.error(
      `${name}: ${what}: ${seconds.toFixed(2)} s, ${processorSeconds.toFixed(2)} s of processor time, ${(peakBytes / 1e9).toFixed(2)} GB at the peak`,
    )
  }
  console.error(`${name}: the file has ${(statSync(at('.safetensors')).size / 1e6).toFixed(0)} MB`)
  return found
}

function execute(script: string, line: readonly string[]): Cost {
  const env = { ...process.env, MASKWRIGHT_KEPT_GRAPHS: 'off' }
  const all = ['--input-type=module', '-e', script, ...line]
  const told = execFileSync(process.execPath, all, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return JSON.parse(told.trim().split('\n').at(-1)!)
}

function randomModel(name: string): Uint8Array {
  const preset = maskRcnnResnet50Fpn()
  const architecture = { ...preset, backbone: { ...preset.backbone, name } as BodyConfig }
  const wanted = asInputs()
  buildModel(architecture).inference(
    rootScope(wanted.resolve, 'running'),
    input('image', 'uint8', ['H', 'W', 3]),
  )
  const weights = initialize(wanted.specs.values(), 1)
  const metadata = {
    architecture,
    categories: cocoCategories(91),
    licence: 'MIT',
    source: 'random numbers',
    figures: {},
  }
  return encodeModelFile({ metadata, weights })
}
