const MOST_THREADS = 8

/** Threads that WebAssembly may use: more than one needs an isolated page. */
export function pageThreads(): number {
  return crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1
}
