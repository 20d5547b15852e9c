/**
 * Whether a run that is killed (`kill -9`) at random moments and resumed is, in the end, the run that never was: with accumulated
 * gradients, with features kept on disk whose stages are freed one after the other, and in two processes of `mpirun`, where rank
 * 0, rank 1 and `mpirun` itself are killed in turn.
 *
 *     npx tsx benchmarks/kills.ts DIR [kills=20] [seed=11]
 *
 * DIR is new or empty, or one in which this was stopped: it goes on after the last kill. What was killed when is in `kills.json`
 * there. After every kill the checkpoints must be readable; in the end `last.safetensors`, `best.safetensors` and the metrics (but
 * for times) must be those of a run without kills, byte for byte, and neither temporary files nor features may be left. Temporary
 * files that a kill leaves count as left behind after ten minutes: their times are set back, for the next resume to remove them.
 * Ends with 1 where anything differs. Figures: docs/benchmarks.md.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { writeFileAtomic } from '../src/node/files.ts'
import { random } from '../src/tensor/random.ts'
import { startCommand } from '../test/end-to-end/command-line.ts'
import { mpiMissing, rankOf, startRanks } from '../test/end-to-end/mpirun.ts'
import { THIN_TRAINING, writeSyntheticImages } from '../test/end-to-end/synthetic-data.ts'
import { type Kill, killed, type Pace, runToEnd, type Victim } from './kills/killed-run.ts'
import { differences, storedStep, temporaryIn } from './kills/left-files.ts'
import { argumentsOr } from './usage.ts'

const [folder, kills = '20', seed = '11'] = argumentsOr('kills.ts DIR [kills=20] [seed=11]', 1)
/** A resume tells of at most so many steps before it is killed, which is soon after: the run has more of them for each kill. */
const [MOST_TOLD, STEPS_A_KILL] = [5, 9]

/** A RetinaNet so thin that a run is soon under way: most of a kill is the start after it. */
const { name: _, rpn: __, box: ___, mask: ____, ...shared } = THIN_TRAINING.model
const MODEL = { name: 'retinanet', ...shared, retina: { convs: 1, maxDetections: 10 } }

interface Setup {
  readonly name: string
  readonly settings: (steps: number) => Readonly<Record<string, unknown>>
  readonly start: (args: readonly string[]) => ChildProcess
  /** Killed in turn. */
  readonly victims: readonly Victim[]
}

const alone = {
  start: (args: readonly string[]) => startCommand(args, { cwd: folder }),
  victims: [{ name: 'the process', find: (started: number) => started }],
}
const SETUPS: readonly Setup[] = [
  { name: 'accumulate', settings: () => ({ accumulate: 2, batchSize: 1, workers: 1 }), ...alone },
  {
    name: 'features',
    settings: (steps) => ({
      augment: { horizontalFlip: 0.5, verticalFlip: 0.5 },
      freeze: {
        stages: 6,
        features: 'disk',
        until: [Math.floor(steps / 3), Math.floor((2 * steps) / 3)],
      },
      optimizer: { ...THIN_TRAINING.optimizer, layerDecay: 0.5 },
    }),
    ...alone,
  },
  {
    name: 'ranks',
    settings: () => ({ batchSize: 1 }),
    start: (args) => startRanks(2, args, { cwd: folder }),
    victims: [
      { name: 'rank 0', find: (started) => rankOf(started, 0) },
      { name: 'rank 1', find: (started) => rankOf(started, 1) },
      { name: 'mpirun', find: (started) => started },
    ],
  },
]

/** What is known of a campaign; its end once it is over. */
interface Campaign {
  readonly steps: number
  readonly pace: Pace
  readonly kills: readonly (Kill & { readonly stored: number; readonly temporary: number })[]
  readonly differences?: readonly string[]
}

const inFolder = (...parts: readonly string[]) => path.join(folder, ...parts)
const RECORD = inFolder('kills.json')
let record: Readonly<Record<string, Campaign>> = existsSync(RECORD)
  ? JSON.parse(readFileSync(RECORD, 'utf8'))
  : {}

async function recorded(name: string, campaign: Campaign): Promise<Campaign> {
  record = { ...record, [name]: campaign }
  await writeFileAtomic(RECORD, `${JSON.stringify(record, null, 2)}\n`)
  return campaign
}

async function campaign(setup: Setup, count: number): Promise<void> {
  const { name, victims, start } = setup
  const [whole, run] = [`${name}-whole`, `${name}-killed`]
  const args = (out: string) => {
    const isStarted = existsSync(inFolder(out, 'config.json'))
    return ['train', `${name}.json`, '--out', out, ...(isStarted ? ['--resume'] : [])]
  }
  console.log(`${name}: ${STEPS_A_KILL * count} steps, ${count} kills`)
  let known = record[name] ?? (await begun(setup, STEPS_A_KILL * count, args))
  while (known.kills.length < count) {
    const kill = known.kills.length
    const chance = random(Number(seed), SETUPS.indexOf(setup), kill)
    const told = chance.integer(MOST_TOLD + 1)
    // Before the first step that is anywhere from the start on, else within the next two steps.
    const late = Math.round(chance.uniform() * (told === 0 ? known.pace.first : 2 * known.pace.step))
    const done = await killed(start(args(run)), victims[kill % victims.length], { told, late })
    const temporary = temporaryIn(inFolder(run))
    const longAgo = new Date(Date.now() - 11 * 60_000)
    for (const file of temporary) utimesSync(inFolder(run, file), longAgo, longAgo)
    const { step: stored, wrong } = storedStep(inFolder(run))
    const all = { ...done, stored, temporary: temporary.length, wrong: [...done.wrong, ...wrong] }
    known = await recorded(name, { ...known, kills: [...known.kills, all] })
    const when = done.last > 0 ? `after step ${done.last}` : 'before a step'
    console.log(`  ${done.victim} killed ${when} (${told} told + ${late} ms), stored: step ${stored}`)
  }
  if (!known.differences) {
    await runToEnd(start(args(run)))
    known = await recorded(name, { ...known, differences: differences(inFolder(run), inFolder(whole)) })
  }
  const left = known.kills.reduce((sum, { temporary }) => sum + temporary, 0)
  console.log(`  temporary files that kills left and resumes removed: ${left}`)
}

/** The run without kills. */
async function begun(setup: Setup, steps: number, args: (out: string) => string[]): Promise<Campaign> {
  const { name, settings, start } = setup
  const config = {
    ...THIN_TRAINING,
    model: MODEL,
    ...settings(steps),
    data: { ...THIN_TRAINING.data, val: { ...THIN_TRAINING.data.train, limit: 2 } },
    ...{ steps, seed: Number(seed), evaluateEvery: Math.floor(steps / 4) },
  }
  writeFileSync(inFolder(`${name}.json`), JSON.stringify(config))
  for (const run of ['whole', 'killed']) rmSync(inFolder(`${name}-${run}`), { recursive: true, force: true })
  const pace = await runToEnd(start(args(`${name}-whole`)))
  return recorded(name, { steps, pace, kills: [] })
}

mkdirSync(folder, { recursive: true })
if (readdirSync(folder).length > 0 && !existsSync(inFolder('train.json')))
  throw new Error(`${folder}: expected a folder that is new or empty, or of a campaign that was stopped`)
const coco = await writeSyntheticImages(inFolder('images'), 7, Number(seed))
writeFileSync(inFolder('train.json'), JSON.stringify(coco))
const missing = mpiMissing()
for (const [i, setup] of SETUPS.entries()) {
  if (setup.name === 'ranks' && missing) console.log(`two ranks cannot be tried: ${missing}`)
  else await campaign(setup, Math.ceil((Number(kills) - i) / SETUPS.length))
}
const wrong = SETUPS.flatMap(({ name }) => {
  const { kills: all, differences: unlike = [] } = record[name] ?? {
    kills: [],
    differences: [`not tried: ${missing}`],
  }
  return [...all.flatMap((kill) => kill.wrong), ...unlike].map((what) => `${name}: ${what}`)
})
for (const what of wrong) console.log(`WRONG: ${what}`)
if (wrong.length === 0) console.log(`${kills} kills: every run became, to the bit, the one without kills`)
process.exitCode = wrong.length === 0 ? 0 : 1
