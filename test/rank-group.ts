import type { Ranks } from '../src/runtime/ranks.ts'

/** Ranks that are parts of one process, for what they agree on: a call ends when all have made it. */
export function rankGroup(size: number): Ranks[] {
  let waiting: { data: Float32Array | Float64Array | Uint8Array; done: () => void }[] = []
  const collective = (rank: number, data: (typeof waiting)[number]['data'], combine: typeof added) =>
    new Promise<void>((done) => {
      waiting[rank] = { data, done }
      if (Object.keys(waiting).length < size) return
      const all = waiting
      waiting = []
      combine(all.map((each) => each.data))
      for (const each of all) each.done()
    })
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    sum: (data) => collective(rank, data, added),
    broadcast: (data) => collective(rank, data, copied),
  }))
}

type Numbers = Float32Array | Float64Array | Uint8Array

function added(all: readonly Numbers[]): void {
  const sums = Float64Array.from(all[0], (_, i) => all.reduce((sum, each) => sum + each[i], 0))
  for (const each of all) each.set(sums)
}

function copied([first, ...others]: readonly Numbers[]): void {
  for (const each of others) each.set(first)
}
