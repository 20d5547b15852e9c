import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { COMMAND } from './command-line.ts'

/** Why nothing can be started with `mpirun` here; undefined where it can. */
export function mpiMissing(): string | undefined {
  try {
    createRequire(import.meta.url).resolve('koffi')
  } catch {
    return 'koffi is not installed'
  }
  try {
    const version = execFileSync('mpirun', ['--version'], { encoding: 'utf8' })
    return version.includes('Open MPI') ? undefined : 'mpirun is not that of Open MPI'
  } catch {
    return 'there is no mpirun'
  }
}

export interface RanksOptions {
  readonly cwd: string
  /** More words of `mpirun`. */
  readonly flags?: readonly string[]
  /** Words before `mpirun`, that start it elsewhere. */
  readonly enter?: readonly string[]
}

/** The command in several processes, each free to run on any core. */
export function startRanks(
  ranks: number,
  args: readonly string[],
  { cwd, flags = [], enter = [] }: RanksOptions,
): ChildProcess {
  const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...env } = process.env
  const asRoot = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' }
  const command = [process.execPath, COMMAND, ...args]
  const count = ['--oversubscribe', '--bind-to', 'none', ...flags, '-n', `${ranks}`]
  const [program, ...words] = [...enter, 'mpirun', ...count, ...command]
  return spawn(program, words, {
    cwd,
    env: { ...env, ...asRoot },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** The process of a rank among the children of an `mpirun`; undefined while there is none. */
export function rankOf(mpirun: number, rank: number): number | undefined {
  return childrenOf(mpirun).find((pid) =>
    textOf(`/proc/${pid}/environ`).includes(`OMPI_COMM_WORLD_RANK=${rank}\0`),
  )
}

export function childrenOf(pid: number): number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`).trim()
  return children === '' ? [] : children.split(' ').map(Number)
}

/** Nothing of a process that is gone. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
