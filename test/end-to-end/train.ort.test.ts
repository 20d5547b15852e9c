import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeModelFile } from '../../src/models/model-file.ts'
import { encodePng } from '../../src/node/decode-image.ts'
import { parseMetrics } from '../../src/train/report-data.ts'
import { commandIn } from '../in-process.ts'
import { THIN_MASK_RCNN } from '../thin-training.ts'
import { COMMAND } from './command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'maskwright-train-'))
const SIDE = 64

/** A run of a few seconds. */
const config = {
  model: {
    ...THIN_MASK_RCNN,
    anchors: { sizes: [[8], [16], [32], [64], [128]], aspectRatios: [[1], [1], [1], [1], [1]] },
  },
  data: {
    train: { images: 'images', annotations: 'train.json' },
    val: { images: 'images', annotations: 'train.json', limit: 2 },
  },
  augment: {
    scale: { kind: 'factor', from: 0.8, to: 1.2 },
    crop: { height: SIDE, width: SIDE, minVisible: 0.1, minArea: 4 },
    horizontalFlip: 0.5,
  },
  steps: 8,
  seed: 3,
  workers: 1,
  searchMemory: false,
  optimizeGraph: false,
  schedule: { kind: 'cosine', warmupSteps: 2 },
  emaDecay: 0.5,
  logEvery: 1,
  saveEvery: 2,
  evaluateEvery: 4,
}

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command; `watch` sees stderr as it grows. */
function maskwright(
  args: readonly string[],
  watch?: (stderr: string, child: ChildProcess) => void,
): Promise<Outcome> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text) => {
    stdout += text
  })
  child.stderr.on('data', (text) => {
    stderr += text
    watch?.(stderr, child)
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}

function train(out: string, ...flags: string[]): Promise<Outcome> {
  return maskwright(['train', 'config.ts', '--threads', '1', '--out', out, ...flags])
}

/** What a run wrote about its steps, without times. */
function metricsOf(out: string) {
  return parseMetrics(readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8')).map(
    ({ step_ms, wait_ms, ...line }) => line,
  )
}

beforeAll(async () => {
  mkdirSync(join(folder, 'images'))
  mkdirSync(join(folder, 'empty'))
  const images = []
  const annotations = []
  for (let i = 0; i < 4; i++) {
    const data = new Uint8Array(SIDE * SIDE * 3).fill(20)
    const boxes = [
      [6 + 3 * i, 8, 18, 20],
      [34, 30 + 4 * i, 20, 16],
    ]
    for (const [j, [x, y, width, height]] of boxes.entries()) {
      for (let row = y; row < y + height; row++) {
        data.fill(230, (row * SIDE + x) * 3, (row * SIDE + x + width) * 3)
      }
      const ring = [x, y, x + width, y, x + width, y + height, x, y + height]
      annotations.push({
        ...{ id: 2 * i + j + 1, image_id: i + 1, category_id: 5, iscrowd: 0 },
        ...{ bbox: [x, y, width, height], area: width * height, segmentation: [ring] },
      })
    }
    writeFileSync(join(folder, 'images', `${i}.png`), await encodePng({ data, width: SIDE, height: SIDE }))
    images.push({ id: i + 1, file_name: `${i}.png`, width: SIDE, height: SIDE })
  }
  const categories = [{ id: 5, name: 'block' }]
  writeFileSync(join(folder, 'train.json'), JSON.stringify({ images, annotations, categories }))
  const flat = annotations.map((one) => (one.id === 3 ? { ...one, bbox: [1, 1, 0, 5] } : one))
  writeFileSync(join(folder, 'flat.json'), JSON.stringify({ images, annotations: flat, categories }))
  const other = [{ id: 5, name: 'brick' }]
  writeFileSync(join(folder, 'other.json'), JSON.stringify({ images, annotations, categories: other }))
  writeFileSync(join(folder, 'config.ts'), `export const config: object = ${JSON.stringify(config)}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('maskwright train', () => {
  it('leaves a run folder with a model that predicts', async () => {
    const { code, stdout, stderr } = await train('whole', '--json')
    expect(stderr).toContain('step 8/8')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      folder: 'whole',
      step: 8,
      steps: 8,
      best: { figure: 'val_segm_AP' },
    })

    const resolved = JSON.parse(readFileSync(join(folder, 'whole', 'config.json'), 'utf8'))
    expect(resolved.data.train.images).toBe(join(folder, 'images'))
    expect(resolved.clipNorm).toBe(10)
    const lines = metricsOf('whole')
    expect(lines.filter((line) => 'loss' in line).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(lines.filter((line) => 'val_segm_AP' in line).map(({ step }) => step)).toEqual([4, 8])
    const report = readFileSync(join(folder, 'whole', 'report.html'), 'utf8')
    expect(report).toContain('8 of 8')
    expect(report.match(/src="data:image\/jpeg;base64,/g)).toHaveLength(4)

    const flags = ['--model', 'whole', '--score', '0', '--json', '--no-overlay']
    const predicted = await maskwright(['predict', 'images/0.png', ...flags])
    expect(predicted.code).toBe(0)
    const best = join('whole', 'checkpoints', 'best.safetensors')
    expect(predicted.stderr).toContain(`whole is the folder of a run: its model is ${best}\n`)
    expect(JSON.parse(predicted.stdout).images[0]).toMatchObject({ width: SIDE, height: SIDE })
  })

  it('refuses a folder with a run in it, and leaves it alone', async () => {
    const before = readFileSync(join(folder, 'whole', 'metrics.jsonl'), 'utf8')
    const { status, stderr } = await commandIn(folder, ['train', 'config.ts', '--out', 'whole'])
    expect(status).toBe(1)
    expect(stderr).toBe(
      'maskwright: whole: there is a run in this folder. Continue it with --resume, or choose another folder with --out\n',
    )
    expect(readFileSync(join(folder, 'whole', 'metrics.jsonl'), 'utf8')).toBe(before)
  })

  it('goes on after being killed as if it had not been', async () => {
    const killed = await maskwright(
      ['train', 'config.ts', '--threads', '1', '--out', 'killed'],
      (stderr, child) => {
        if (stderr.includes('step 3/8') && !child.killed) child.kill('SIGKILL')
      },
    )
    expect(killed.code).toBe(null)
    const { code, stderr } = await train('killed', '--resume')
    expect(stderr).toMatch(/resuming after step \d/)
    expect(code).toBe(0)
    expect(metricsOf('killed')).toEqual(metricsOf('whole'))
  })

  it('resumes with more steps, and not with another optimizer', async () => {
    const changed = await train('whole', '--resume', '--set', 'optimizer.learningRate=0.1')
    expect(changed.code).toBe(1)
    expect(changed.stderr).toMatch(
      /maskwright: --set optimizer\.learningRate=0\.1: optimizer\.learningRate is not what the run was started with; expected 0\.0005, got 0\.1\./,
    )
    const longer = await train('whole', '--resume', '--set', 'steps=9')
    expect(longer.code).toBe(0)
    expect(metricsOf('whole').at(-2)).toMatchObject({ step: 9, loss: expect.any(Number) })
  })

  it('tells that its best model is damaged, and keeps another', async () => {
    const best = join(folder, 'whole', 'checkpoints', 'best.safetensors')
    writeFileSync(best, readFileSync(best).subarray(0, 1000))
    const { code, stderr } = await train('whole', '--resume', '--set', 'steps=10')
    expect(stderr).toMatch(/^the best model so far is lost, .*best\.safetensors: .*cut short/m)
    expect(code).toBe(0)
    expect(() => decodeModelFile(readFileSync(best))).not.toThrow()
  })

  it('stops at Ctrl-C with a checkpoint', async () => {
    const interrupted = await maskwright(
      ['train', 'config.ts', '--out', 'interrupted', '--set', 'steps=100000', '--set', 'saveEvery=100000'],
      (stderr, child) => {
        if (stderr.includes('step 3/') && !child.killed) child.kill('SIGINT')
      },
    )
    expect(interrupted.code).toBe(130)
    expect(interrupted.stdout).toMatch(/stopped after step \d+ of 100000; continue with --resume/)
    expect(existsSync(join(folder, 'interrupted', 'checkpoints', 'last.safetensors'))).toBe(true)
    expect(existsSync(join(folder, 'interrupted', 'report.html'))).toBe(true)
    const stopped = Number(/stopped after step (\d+)/.exec(interrupted.stdout)?.[1])
    const flags = ['--resume', '--max-steps', String(stopped + 1), '--set', 'steps=100000']
    const resumed = await train('interrupted', ...flags)
    expect(resumed.stderr).toContain(`resuming after step ${stopped}:`)
    expect(resumed.code).toBe(0)
  })

  it('starts from weights, leaves flat boxes out, and needs no validation', async () => {
    const weights = join('whole', 'checkpoints', 'best.safetensors')
    const settings = ['data.train.annotations=flat.json', 'data.train.onDegenerate=skip', 'data.val=null']
    const flags = [...settings, `initialWeights=${weights}`].flatMap((setting) => ['--set', setting])
    const { code, stdout, stderr } = await train('tuned', '--max-steps', '1', ...flags)
    expect(stderr).toMatch(/^(\d\d+) of \1 tensors start from the initial weights$/m)
    expect(stderr).toContain('1 annotation without area is left out')
    expect(stdout).toContain(join('tuned', 'checkpoints', 'best.safetensors'))
    expect(code).toBe(0)
  })

  it.each([
    [
      'an unknown key',
      ['--set', 'optimizer.learningrate=1'],
      '--set optimizer.learningrate=1: optimizer.learningrate is not a setting; did you mean optimizer.learningRate?',
    ],
    [
      'missing images',
      ['--set', 'data.train.images=empty'],
      `${join(folder, 'train.json')}: 4 of 4 images are missing; got no file for 0.png, 1.png, 2.png, 3.png. Check the folder of the images against the file names in the annotations`,
    ],
    [
      'a folder that does not exist',
      ['--set', 'data.train.images=nowhere'],
      `data.train.images: there is no folder ${join(folder, 'nowhere')}`,
    ],
    [
      'every place of the data that does not exist',
      ['--set', 'data.val.images=config.ts', '--set', 'data.val.annotations=none.json'],
      `config.ts: 2 mistakes: (1) data.val.images: ${join(folder, 'config.ts')} is a file, no folder (2) data.val.annotations: there is no file ${join(folder, 'none.json')}`,
    ],
    [
      'nothing to resume',
      ['--resume'],
      'refused: there is no run to resume in this folder; expected checkpoints/last.safetensors. Start one without --resume, or name the folder of the run with --out',
    ],
    [
      'a box without area',
      ['--set', 'data.train.annotations=flat.json'],
      `${join(folder, 'flat.json')}: annotations[2]: annotation 3 has a box without area; expected width and height above 0, got [1,1,0,5]. Correct or remove it, or leave such annotations out (skip)`,
    ],
    [
      'other categories',
      ['--set', 'data.val.annotations=other.json'],
      `${join(folder, 'other.json')}: model and annotations have no category in common; expected one of "block", by name, got "brick". Where they mean the same, give it the name in the annotations that it has in the model`,
    ],
    [
      'a learning rate that explodes',
      ['--set', 'optimizer.learningRate=1e30', '--set', 'clipNorm=null'],
      /^step \d: training has left the finite numbers; got .*\. Lower the learning rate or clip gradients; the images were \d\.png, \d\.png$/,
    ],
  ] as const)('says in one line: %s', async (_, flags, message) => {
    const argv = ['train', 'config.ts', '--threads', '1', '--out', 'refused', ...flags]
    const { status, stderr } = await commandIn(folder, argv)
    expect(status).toBe(1)
    const line = stderr.trimEnd().split('\n').at(-1)!.replace('maskwright: ', '')
    if (typeof message === 'string') expect(line).toBe(message)
    else expect(line).toMatch(message)
  })

  it('knows wrong usage', async () => {
    const { status, stderr } = await commandIn(folder, ['train'])
    expect(status).toBe(2)
    expect(stderr).toContain("missing required argument 'photos or config'")
  })
})
