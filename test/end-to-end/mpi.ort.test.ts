import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMMAND, finished, runCommand } from './command-line.ts'
import { mpiMissing, rankOf, startRanks } from './mpirun.ts'
import { namespacePair, namespacesMissing } from './namespaces.ts'
import { THIN_TRAINING, writeSyntheticImages } from './synthetic-data.ts'

const missing = mpiMissing()
const STEPS = 10
const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-mpi-'))

/** RetinaNet divides the losses of each image by numbers of that image, so a mean over ranks is the mean over all images. */
const { name: _, rpn: __, box, mask: ___, ...shared } = THIN_TRAINING.model
const CONFIG = {
  ...THIN_TRAINING,
  model: {
    name: 'retinanet',
    ...shared,
    backbone: { ...shared.backbone, norm: { kind: 'groupNorm', groups: 4 } },
    retina: { convs: 1, maxDetections: box.maxDetections },
  },
  batchSize: 1,
  steps: STEPS,
  seed: 11,
  saveEvery: 100,
  evaluateEvery: 100,
}

interface Line {
  readonly step: number
  readonly [name: string]: number
}

function linesOf(run: string): Line[] {
  const text = readFileSync(path.join(folder, run, 'metrics.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((line) => 'loss' in line)
}

async function ranks(count: number, args: readonly string[]) {
  const result = await finished(startRanks(count, args, { cwd: folder }))
  expect(result.status, result.stderr).toBe(0)
}

function expectAlike(run: string, whole: string): void {
  const [a, b] = [linesOf(run), linesOf(whole)]
  expect(a.map(({ step }) => step)).toEqual(b.map(({ step }) => step))
  for (const [i, line] of b.entries()) {
    for (const name of ['loss', 'gradient_norm']) {
      expect(Math.abs(a[i][name] / line[name] - 1), `${name} of step ${line.step}`).toBeLessThan(1e-4)
    }
  }
}

describe.skipIf(missing)(`several processes under mpirun${missing ? ` (${missing})` : ''}`, () => {
  beforeAll(async () => {
    const coco = await writeSyntheticImages(path.join(folder, 'images'), 7, 11)
    writeFileSync(path.join(folder, 'train.json'), JSON.stringify(coco))
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(CONFIG))
    const whole = await runCommand(['train', 'config.json', '--out', 'whole', '--set', 'batchSize=2'], {
      cwd: folder,
    })
    expect(whole.status, whole.stderr).toBe(0)
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('take the steps of one process with the images of both', async () => {
    await ranks(2, ['train', 'config.json', '--out', 'two'])
    expectAlike('two', 'whole')
    expect(readdirSync(path.join(folder, 'two')).sort()).toEqual([
      'checkpoints',
      'config.json',
      'metrics.jsonl',
      'report.html',
    ])
  }, 300_000)

  it('resume as two to the last bit of what they reach without a stop, and in another number', async () => {
    const [same, other] = ['same', 'other'].map((run) => ['train', 'config.json', '--out', run])
    await ranks(2, [...same, '--max-steps', '4'])
    cpSync(path.join(folder, 'same'), path.join(folder, 'other'), { recursive: true })
    await ranks(2, [...same, '--resume'])
    const timeless = (run: string) => linesOf(run).map((line) => ({ ...line, step_ms: 0, wait_ms: 0 }))
    expect(timeless('same')).toEqual(timeless('two'))
    const last = (run: string) => readFileSync(path.join(folder, run, 'checkpoints', 'last.safetensors'))
    expect(last('same').equals(last('two'))).toBe(true)

    const alone = await runCommand([...other, '--resume', '--max-steps', '6'], { cwd: folder })
    expect(alone.status, alone.stderr).toBe(0)
    await ranks(3, [...other, '--resume'])
    expect(linesOf('other').map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1))
    // 4 steps of two images, 2 of one, 4 of three, of an epoch of seven.
    expect(last('other').toString('latin1')).toContain('\\"position\\":{\\"epoch\\":3,\\"index\\":1}')
  }, 600_000)

  it('end with a checkpoint of the last whole step when one of them is lost', async () => {
    const args = ['train', 'config.json', '--out', 'lost', '--set', 'steps=1000']
    const child = startRanks(2, args, { cwd: folder, flags: ['--mca', 'odls_base_sigkill_timeout', '5'] })
    const end = finished(child)
    let killed = 0
    child.stderr?.on('data', (text: string) => {
      const step = Number(/^step (\d+)\//m.exec(text)?.[1])
      if (killed || !(step >= 3)) return
      killed = process.kill(rankOf(child.pid!, 1)!, 'SIGKILL') ? step : 0
    })
    const { status } = await end
    expect(status).not.toBe(0)
    const stored = readFileSync(path.join(folder, 'lost', 'checkpoints', 'last.safetensors'), 'latin1')
    const step = Number(/\\"step\\":(\d+)/.exec(stored)?.[1])
    expect(step).toBeGreaterThanOrEqual(killed)
    expect(linesOf('lost').at(-1)?.step).toBe(step)
  }, 300_000)

  it('are refused in one line where one has another configuration', async () => {
    writeFileSync(path.join(folder, 'other.json'), JSON.stringify({ ...CONFIG, seed: 12 }))
    const train = (config: string) => ['train', config, '--out', 'unlike']
    const second = ['-n', '1', process.execPath, COMMAND, ...train('other.json')]
    const child = startRanks(1, [...train('config.json'), ':', ...second], { cwd: folder })
    const { status, stderr } = await finished(child)
    expect(status).toBe(1)
    expect(stderr).toContain(
      'maskwright: the processes do not have the same configuration; got a difference between process 1 and process 0',
    )
    expect(existsSync(path.join(folder, 'unlike', 'config.json'))).toBe(false)
  }, 120_000)

  const apart = missing ?? namespacesMissing()
  it.skipIf(apart)(
    `take the same steps as two hosts${apart ? ` (${apart})` : ''}`,
    async () => {
      const { remove, ...hosts } = namespacePair(folder)
      try {
        const args = ['train', 'config.json', '--out', 'hosts']
        const { status, stderr } = await finished(startRanks(2, args, { cwd: folder, ...hosts }))
        expect(status, stderr).toBe(0)
        expectAlike('hosts', 'whole')
      } finally {
        remove()
      }
    },
    300_000,
  )
})
