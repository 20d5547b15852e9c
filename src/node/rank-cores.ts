import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, hostname } from 'node:os'
import { gathered, type Ranks } from '../runtime/ranks.ts'

export interface RankCores {
  /** Cores that are this rank's own share. */
  readonly share: number
  /** Where `mpirun` has bound the processes to so few that half the machine or more stays idle: why, and what to do. */
  readonly note?: string
}

/** How many cores each of the ranks has, where those with the same ones share them. */
export async function rankCores(ranks: Ranks): Promise<RankCores> {
  const allowed = allowedCores()
  const alike = async (key: string) => {
    const own = hashNumber(key)
    return (await gathered(ranks, own)).filter((other) => other === own).length
  }
  const here = await alike(hostname())
  const together = await alike(`${hostname()} ${allowed}`)
  const [mine, all] = [availableParallelism(), cpus().length]
  const share = Math.max(1, Math.floor(mine / together))
  const isBound = together < here && 2 * share * here <= all
  if (!isBound) return { share }
  return {
    share,
    note: `mpirun has bound each process to ${share} of ${all} cores; mpirun --bind-to none gives each ${Math.floor(all / here)}`,
  }
}

/** A text as a whole number that float64 holds exactly: equal for equal texts, and for others hardly ever. */
export function hashNumber(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6)
}

/** Which cores the system lets this process use; the same for all where it does not say. */
function allowedCores(): string {
  try {
    return /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  } catch {
    return ''
  }
}
