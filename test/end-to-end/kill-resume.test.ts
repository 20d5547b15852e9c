import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Random, random } from '../../src/tensor/random.ts'
import { finished, runCommand, startCommand } from './command-line.ts'
import { THIN_TRAINING, writeSyntheticImages } from './synthetic-data.ts'

/** `MASKWRIGHT_KILLS=10 npx vitest run test/end-to-end/kill-resume.test.ts` kills more often. */
const KILLS = Number(process.env.MASKWRIGHT_KILLS ?? 3)
const STEPS = Math.max(40, 8 * KILLS)
const SEED = 11

const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-kill-'))
const inRun = (...parts: string[]) => path.join(folder, ...parts)
const checkpoint = (run: string, name = 'last') =>
  readFileSync(inRun(run, 'checkpoints', `${name}.safetensors`))

/** Lines of the metrics, as they stand in the file but for the times. */
function metricsOf(run: string): string[] {
  const lines = readFileSync(inRun(run, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map((line) => line.replace(/,"step_ms":\d+,"wait_ms":\d+/, ''))
}

beforeAll(async () => {
  const coco = await writeSyntheticImages(inRun('images'), 7, SEED)
  writeFileSync(inRun('train.json'), JSON.stringify(coco))
  const train = { images: 'images', annotations: 'train.json' }
  const config = {
    ...THIN_TRAINING,
    data: { train, val: { ...train, limit: 2 } },
    steps: STEPS,
    seed: SEED,
    workers: 1,
    evaluateEvery: 16,
  }
  writeFileSync(inRun('config.json'), JSON.stringify(config))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a run that is killed at random moments', () => {
  it(
    `is, after ${KILLS} kills, to the last bit the run that never was`,
    async () => {
      const whole = await runCommand(['train', 'config.json', '--out', 'whole'], { cwd: folder })
      expect(whole.status, whole.stderr).toBe(0)

      const chance = random(SEED)
      const moments: number[] = []
      for (let kill = 0; kill < KILLS; kill++) {
        const child = startCommand(trainKilled(), { cwd: folder })
        const end = finished(child)
        moments.push(await killSomewhere(child, chance))
        expect((await end).status, 'the run was to be killed, not to end').toBe('SIGKILL')
      }
      const last = await runCommand(trainKilled(), { cwd: folder })
      expect(last.status, last.stderr).toBe(0)

      expect(metricsOf('killed'), `killed after steps ${moments}`).toEqual(metricsOf('whole'))
      expect(checkpoint('killed').equals(checkpoint('whole'))).toBe(true)
      expect(checkpoint('killed', 'best').equals(checkpoint('whole', 'best'))).toBe(true)
    },
    120_000 * (KILLS + 2),
  )
})

/** Resumed from the moment on that there is a run; one without a checkpoint yet starts anew. */
function trainKilled(): string[] {
  const isStarted = existsSync(inRun('killed', 'config.json'))
  return ['train', 'config.json', '--out', 'killed', ...(isStarted ? ['--resume'] : [])]
}

/** Kills once some more steps are told of and a part of a step has passed; returns the last step told of. */
async function killSomewhere(child: ChildProcess, chance: Random): Promise<number> {
  const steps = 1 + chance.integer(Math.max(1, Math.floor(STEPS / KILLS) - 5))
  const late = chance.uniform() * 100
  const told: string[] = []
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (text: string) => {
      told.push(...[...text.matchAll(/^step (\d+)\//gm)].map(([, step]) => step))
      if (told.length >= steps) resolve()
    })
    child.on('close', () => resolve())
  })
  await wait(late)
  child.kill('SIGKILL')
  return Number(told.at(-1))
}
