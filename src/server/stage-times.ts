/** How long the stages of a request take. A request is known by its signal, which everything heeds that is done for it. */

/** `queue`: until it is begun, and until a process is free. `compute`: in processes, summed over tiles. `paste`: all after that. */
export type Stage = 'queue' | 'decode' | 'compute' | 'paste' | 'encode'

export interface StageListener {
  readonly onStage: (stage: Stage, seconds: number) => void
}

export interface StageTimes {
  /** Does the work of a request, and tells its stages once it has succeeded. */
  timed<T>(signal: AbortSignal, work: (marks: { begin(): void; decoded(): void }) => Promise<T>): Promise<T>
  /** A run that was computed for the request of a signal. */
  addRun(times: { readonly waited: number; readonly computed: number }, signal?: AbortSignal): void
}

export function stageTimes(tell: StageListener['onStage']): StageTimes {
  const runs = new WeakMap<AbortSignal, { waited: number; computed: number }>()
  return {
    addRun: ({ waited, computed }, signal) => {
      const sum = signal && runs.get(signal)
      if (!sum) return
      sum.waited += waited
      sum.computed += computed
    },
    timed: async (signal, work) => {
      const sum = { waited: 0, computed: 0 }
      runs.set(signal, sum)
      const asked = performance.now()
      let begun = asked
      let ready: number | undefined
      const result = await work({
        begin: () => {
          begun = performance.now()
        },
        decoded: () => {
          ready = performance.now()
        },
      })
      tell('queue', (begun - asked) / 1000 + sum.waited)
      tell('compute', sum.computed)
      if (ready !== undefined) {
        tell('decode', (ready - begun) / 1000)
        tell('paste', Math.max(0, (performance.now() - ready) / 1000 - sum.waited - sum.computed))
      }
      return result
    },
  }
}
