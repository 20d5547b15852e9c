/** The little of WebGPU's API that is asked here; the runtime asks the rest. */
interface Gpu {
  requestAdapter(): Promise<Adapter | null>
}

interface Adapter {
  readonly info?: { readonly isFallbackAdapter?: boolean }
}

/** What WebGPU would compute with; undefined where the browser has none. */
export async function gpuAdapter(): Promise<{ readonly isSoftware: boolean } | undefined> {
  const { gpu } = navigator as { gpu?: Gpu }
  const adapter = await gpu?.requestAdapter().catch(() => undefined)
  return adapter ? { isSoftware: adapter.info?.isFallbackAdapter ?? false } : undefined
}
