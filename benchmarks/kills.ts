/**
 * Whether a run that is killed (`kill -9`) at random moments and resumed is, in the end, the run that never was: with accumulated
 * gradients, with features kept on disk whose stages are freed one after the other, and in two processes of `mpirun`, where rank
 * 0, rank 1 and `mpirun` itself are killed in turn.
 *
 *     npx tsx benchmarks/kills.ts DIR [kills=7] [seed=11]
 *
 * Works in DIR, which must be new or empty; `kills` is for each of the three. After every kill the checkpoints must be readable; in
 * the end `last.safetensors`, `best.safetensors` and the metrics (but for times) must be those of a run without kills, byte for
 * byte, and neither temporary files nor features may be left. Temporary files that a kill leaves count as left behind after ten
 * minutes: their times are set back, for the next resume to remove them. Ends with 1 where anything differs.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { random } from '../src/tensor/random.ts'
import { decodeSafetensors } from '../src/weights/safetensors.ts'
import { finished, startCommand } from '../test/end-to-end/command-line.ts'
import { childrenOf, mpiMissing, rankOf, startRanks } from '../test/end-to-end/mpirun.ts'
import { THIN_TRAINING, writeSyntheticImages } from '../test/end-to-end/synthetic-data.ts'
import { argumentsOr } from './usage.ts'

const [folder, kills = '7', seed = '11'] = argumentsOr('kills.ts DIR [kills=7] [seed=11]', 1)
const KILLS = Number(kills)
/** A resume tells of at most so many steps before it is killed, which is soon after: the run has more of them for each kill. */
const [MOST_TOLD, STEPS_A_KILL] = [5, 9]
const STEPS = STEPS_A_KILL * KILLS
const TEN_MINUTES_AGO = () => new Date(Date.now() - 11 * 60_000)
/** Processes of a killed `mpirun` must have ended by then. */
const LAST_BREATH_MS = 60_000
const [LAST, BEST] = ['checkpoints/last.safetensors', 'checkpoints/best.safetensors']

interface Setup {
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly start: (args: readonly string[]) => ChildProcess
  /** What is killed, in turn, among the process started and its children; undefined while it is not there yet. */
  readonly victims: readonly {
    readonly name: string
    readonly find: (started: number) => number | undefined
  }[]
}

const alone = {
  start: (args: readonly string[]) => startCommand(args, { cwd: folder }),
  victims: [{ name: 'the process', find: (started: number) => started }],
}
const SETUPS: readonly Setup[] = [
  { name: 'accumulate', settings: { accumulate: 2, batchSize: 1, workers: 1 }, ...alone },
  {
    name: 'features',
    settings: {
      augment: { horizontalFlip: 0.5, verticalFlip: 0.5 },
      freeze: { stages: 6, features: 'disk', until: [Math.floor(STEPS / 3), Math.floor((2 * STEPS) / 3)] },
      optimizer: { ...THIN_TRAINING.optimizer, layerDecay: 0.5 },
    },
    ...alone,
  },
  {
    name: 'ranks',
    settings: { batchSize: 1 },
    start: (args) => startRanks(2, args, { cwd: folder }),
    victims: [
      { name: 'rank 0', find: (started) => rankOf(started, 0) },
      { name: 'rank 1', find: (started) => rankOf(started, 1) },
      { name: 'mpirun', find: (started) => started },
    ],
  },
]

let bad = 0

function expectTrue(isTrue: boolean, what: string): void {
  if (isTrue) return
  bad++
  console.log(`  WRONG: ${what}`)
}

const inRun = (run: string, name: string) => path.join(folder, run, name)
const contentOf = (run: string, name: string) =>
  existsSync(inRun(run, name)) ? readFileSync(inRun(run, name)) : Buffer.alloc(0)

/** Lines of the metrics, as they stand in the file but for the times. */
const metricsOf = (run: string) =>
  contentOf(run, 'metrics.jsonl')
    .toString()
    .replaceAll(/,"step_ms":\d+,"wait_ms":\d+/g, '')

/** Files of a run under their temporary names. */
function temporaryIn(run: string): string[] {
  if (!existsSync(path.join(folder, run))) return []
  const names = readdirSync(path.join(folder, run), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.tmp'))
}

/** The step of the last checkpoint, 0 without one. Every checkpoint that is there must be whole. */
function storedStep(run: string): number {
  let step = 0
  for (const name of [LAST, BEST]) {
    const bytes = contentOf(run, name)
    if (bytes.length === 0) continue
    try {
      decodeSafetensors(bytes)
    } catch (error) {
      expectTrue(false, `${name}: ${(error as Error).message}`)
    }
    if (name === LAST) step = Number(/\\"step\\":(\d+)/.exec(bytes.toString('latin1'))?.[1])
  }
  return step
}

/** A process that is there and no zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}

/** Hears of steps: `told` resolves once so many were told of, or the process has ended. */
function listenTo(child: ChildProcess, count: number) {
  const steps: number[] = []
  const told = new Promise<void>((resolve) => {
    if (count === 0) resolve()
    child.stderr?.on('data', (text: string) => {
      steps.push(...[...`${text}`.matchAll(/^step (\d+)\//gm)].map(([, step]) => Number(step)))
      if (steps.length >= count) resolve()
    })
    child.on('close', () => resolve())
  })
  return { steps, told }
}

/** Runs to the end; milliseconds until the first step, and of a step from then on. */
async function runToEnd(setup: Setup, args: readonly string[]) {
  const begin = performance.now()
  const child = setup.start(args)
  const end = finished(child)
  const { told, steps } = listenTo(child, 1)
  await told
  const first = performance.now() - begin
  const { status, stderr } = await end
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stderr}`)
  return { first, step: (performance.now() - begin - first) / Math.max(1, steps.length) }
}

async function killed(
  setup: Setup,
  args: readonly string[],
  { victim, told: count, late }: { victim: Setup['victims'][number]; told: number; late: number },
): Promise<number | undefined> {
  const child = setup.start(args)
  const end = finished(child)
  const { told, steps } = listenTo(child, count)
  await told
  await wait(late)
  let pid = victim.find(child.pid!)
  while (pid === undefined && child.exitCode === null) {
    await wait(20)
    pid = victim.find(child.pid!)
  }
  const family = [child.pid!, ...childrenOf(child.pid!)]
  const isKilled = pid !== undefined && child.exitCode === null
  if (isKilled) process.kill(pid!, 'SIGKILL')
  const deadline = Date.now() + LAST_BREATH_MS
  while (family.some(isAlive) && Date.now() < deadline) await wait(20)
  const left = family.filter(isAlive)
  expectTrue(left.length === 0, `processes that outlive ${victim.name}: ${left.join(', ')}`)
  for (const process_ of left) process.kill(process_, 'SIGKILL')
  const { status, stderr } = await end
  expectTrue(isKilled && status !== 0, `the run was to be killed, not to end with ${status}:\n${stderr}`)
  return steps.at(-1)
}

async function campaign(setup: Setup): Promise<void> {
  const [whole, run] = [`${setup.name}-whole`, `${setup.name}-killed`]
  const config = {
    ...THIN_TRAINING,
    ...setup.settings,
    data: { ...THIN_TRAINING.data, val: { ...THIN_TRAINING.data.train, limit: 2 } },
    ...{ steps: STEPS, seed: Number(seed), evaluateEvery: Math.floor(STEPS / 4) },
  }
  const file = `${setup.name}.json`
  writeFileSync(path.join(folder, file), JSON.stringify(config))
  const pace = await runToEnd(setup, ['train', file, '--out', whole])
  const resumed = () => {
    const isStarted = existsSync(inRun(run, 'config.json'))
    return ['train', file, '--out', run, ...(isStarted ? ['--resume'] : [])]
  }
  const chance = random(Number(seed), SETUPS.indexOf(setup))
  console.log(`${setup.name}: ${STEPS} steps, ${KILLS} kills`)
  let leftBehind = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const told = chance.integer(MOST_TOLD + 1)
    // Before the first step that is anywhere from the start on, else within the next two steps.
    const late = chance.uniform() * (told === 0 ? pace.first : 2 * pace.step)
    const victim = setup.victims[kill % setup.victims.length]
    const last = await killed(setup, resumed(), { victim, told, late })
    const [stored, temporary] = [storedStep(run), temporaryIn(run)]
    leftBehind += temporary.length
    for (const name of temporary) utimesSync(inRun(run, name), TEN_MINUTES_AGO(), TEN_MINUTES_AGO())
    console.log(
      `  ${victim.name} killed ${last ? `after step ${last}` : 'before a step'} (${told} told + ${Math.round(late)} ms), stored: step ${stored}`,
    )
  }
  await runToEnd(setup, resumed())
  for (const name of [LAST, BEST]) {
    const [got, expected] = [contentOf(run, name), contentOf(whole, name)]
    expectTrue(expected.length > 0 && got.equals(expected), `${name} is not that of the run without kills`)
  }
  expectTrue(metricsOf(run) === metricsOf(whole), 'metrics.jsonl is not that of the run without kills')
  expectTrue(temporaryIn(run).length === 0, `left behind: ${temporaryIn(run).join(', ')}`)
  const entries = (name: string) => readdirSync(path.join(folder, name)).sort().join(' ')
  expectTrue(entries(run) === entries(whole), `files: ${entries(run)}; expected ${entries(whole)}`)
  expectTrue(!existsSync(inRun(run, 'features')), 'features are left')
  console.log(`  temporary files that kills left and resumes removed: ${leftBehind}`)
}

mkdirSync(folder, { recursive: true })
if (readdirSync(folder).length > 0) throw new Error(`${folder}: expected a folder that is new or empty`)
const coco = await writeSyntheticImages(path.join(folder, 'images'), 7, Number(seed))
writeFileSync(path.join(folder, 'train.json'), JSON.stringify(coco))
const missing = mpiMissing()
for (const setup of SETUPS) {
  if (setup.name === 'ranks' && missing) expectTrue(false, `two ranks were not tried: ${missing}`)
  else await campaign(setup)
}
const outcome = `${KILLS * SETUPS.length} kills: every run became, to the bit, the one without kills`
console.log(bad === 0 ? outcome : `${bad} of these are wrong`)
process.exitCode = bad === 0 ? 0 : 1
