/** Trainings that are run to their end, or killed on the way. */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { finished } from '../../test/end-to-end/command-line.ts'
import { childrenOf } from '../../test/end-to-end/mpirun.ts'

/** What is killed among the process started and its children: undefined while it is not there yet. */
export interface Victim {
  readonly name: string
  readonly find: (started: number) => number | undefined
}

/** Milliseconds until the first step, and of a step from then on. */
export interface Pace {
  readonly first: number
  readonly step: number
}

export interface Kill {
  readonly victim: string
  /** Steps told of before, and milliseconds from then on. */
  readonly told: number
  readonly late: number
  /** The last step that was told of; 0 for none. */
  readonly last: number
  /** What is not as it should be. */
  readonly wrong: readonly string[]
}

/** Processes of a killed `mpirun` must have ended by then. */
const LAST_BREATH_MS = 60_000

/** Waits until a training is over. Throws where it fails. */
export async function runToEnd(child: ChildProcess): Promise<Pace> {
  const begin = performance.now()
  const end = finished(child)
  const { told, steps } = listenTo(child, 1)
  await told
  const first = performance.now() - begin
  const { status, stderr } = await end
  if (status !== 0) throw new Error(`a training that nobody killed ended with ${status}:\n${stderr}`)
  return { first, step: (performance.now() - begin - first) / Math.max(1, steps.length) }
}

/** Kills (`kill -9`) so many milliseconds after so many steps were told of, and waits until all that was started is gone. */
export async function killed(
  child: ChildProcess,
  victim: Victim,
  { told: count, late }: Pick<Kill, 'told' | 'late'>,
): Promise<Kill> {
  const wrong: string[] = []
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
  if (left.length > 0) wrong.push(`processes that outlive ${victim.name}: ${left.join(', ')}`)
  for (const pid of left) process.kill(pid, 'SIGKILL')
  const { status, stderr } = await end
  if (!isKilled || status === 0)
    wrong.push(`the run was to be killed, not to end with ${status}: ${stderr.trimEnd().split('\n').at(-1)}`)
  return { victim: victim.name, told: count, late, last: steps.at(-1) ?? 0, wrong }
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

/** A process that is there and no zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}
