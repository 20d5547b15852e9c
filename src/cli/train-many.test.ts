import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { command, folderOf } from '../../test/in-process.ts'
import { loadConfig } from './train-run.ts'

const config = {
  model: { name: 'mask-rcnn' },
  data: { train: { images: '.', annotations: 'train.json' } },
  steps: 9,
}

/** Runs of three seeds that are over, the last without a figure. */
async function runsThatAreOver(): Promise<{ file: string; out: string }> {
  const folder = folderOf({ 'config.json': JSON.stringify(config) })
  const file = path.join(folder, 'config.json')
  const resolved = await loadConfig(file, { device: 'cpu' })
  for (const [seed, best] of [0.25, 0.75, undefined].entries()) {
    const run = path.join(folder, 'out', `seed-${seed}`)
    mkdirSync(run, { recursive: true })
    writeFileSync(path.join(run, 'config.json'), JSON.stringify({ ...resolved, seed }))
    const figure = best && { figure: 'val_segm_AP', value: best, step: 4 }
    writeFileSync(
      path.join(run, 'result.json'),
      JSON.stringify({ step: 9, best: figure ?? null, figures: {} }),
    )
  }
  return { file, out: path.join(folder, 'out') }
}

it('runs that are over are not run again, and their best figures are told with mean and deviation', async () => {
  const { file, out } = await runsThatAreOver()
  const seeds = (text: string, ...more: string[]) =>
    command('train', file, '--out', out, '--seeds', text, ...more)
  const json = await seeds('0,1,2', '--json')
  expect(json.code, json.stderr).toBe(0)
  expect(json.stderr).toContain(`[2 of 3] seed 1: over already, in ${path.join(out, 'seed-1')}\n`)
  const document = JSON.parse(json.stdout)
  expect(document.runs.map((run: { seed: number; folder: string }) => [run.seed, run.folder])).toEqual([
    [0, 'seed-0'],
    [1, 'seed-1'],
    [2, 'seed-2'],
  ])
  // Of 0.25 and 0.75 the squares of 0.25 are 0.125 together.
  const deviation = expect.closeTo(Math.sqrt(0.125), 12)
  expect(document.groups).toEqual([{ settings: {}, runs: 3, count: 2, mean: 0.5, deviation }])

  const { stdout } = await seeds('0,1,2')
  expect(stdout).toBe(
    `  runs    best segm AP, mean  deviation\n  2 of 3               0.500      0.354\nruns in ${out}\n`,
  )
})

it('a run of other settings in the folder is told, and others still count', async () => {
  const { file, out } = await runsThatAreOver()
  const { code, stderr } = await command('train', file, '--out', out, '--seeds', '0', '--set', 'batchSize=4')
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('batchSize is not what the run was started with; expected 2, got 4'),
  ])
})

it.each([
  [['--seeds', '0,0'], '--seeds 0,0: not a list of seeds'],
  [['--sweep', 'steps'], 'not a setting with its value'],
])('%j is wrong usage', async (flags, message) => {
  const { code, stderr } = await command('train', 'config.json', ...flags)
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
})
