/** The runs of a benchmark that takes hours: each is kept as it comes, so that it can be stopped and called again. */
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { writeFileAtomic } from '../../src/node/files.ts'

/** What tells runs apart. */
export interface RunKey {
  readonly variant: string
  readonly seed: number
  /** Of all that a run depends on besides code and seed, in a few letters: a run with other settings is another run. */
  readonly settings: string
}

export interface RunsFile<Run extends RunKey> {
  read(): readonly Run[]
  has(key: RunKey): boolean
  /** In the place of the run of the same variant and seed, if there is one. */
  add(run: Run): Promise<void>
}

export function openRuns<Run extends RunKey>(path: string): RunsFile<Run> {
  const stored = (): { command: string; runs: readonly Run[] } => JSON.parse(readFileSync(path, 'utf8'))
  return {
    read: () => stored().runs,
    has: ({ variant, seed, settings }) =>
      stored().runs.some((run) => run.variant === variant && run.seed === seed && run.settings === settings),
    add: async (run) => {
      const { command, runs } = stored()
      const others = runs.filter(({ variant, seed }) => variant !== run.variant || seed !== run.seed)
      const machine = `${cpus()[0].model}, ${cpus().length} cores`
      const entries = [...others, run].map((entry) => `    ${JSON.stringify(entry)}`)
      const head = JSON.stringify({ command, machine }, null, 2).slice(0, -2)
      await writeFileAtomic(path, `${head},\n  "runs": [\n${entries.join(',\n')}\n  ]\n}\n`)
    },
  }
}
