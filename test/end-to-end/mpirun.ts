import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { ROOT } from './command-line.ts'

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

/** The command in several processes, each free to run on any core. */
export function startRanks(
  ranks: number,
  args: readonly string[],
  { cwd, flags = [] }: { readonly cwd: string; readonly flags?: readonly string[] },
): ChildProcess {
  const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...env } = process.env
  const asRoot = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' }
  const command = [process.execPath, path.join(ROOT, 'bin', 'maskwright.js'), ...args]
  const count = ['--oversubscribe', '--bind-to', 'none', ...flags, '-n', `${ranks}`]
  return spawn('mpirun', [...count, ...command], {
    cwd,
    env: { ...env, ...asRoot },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
