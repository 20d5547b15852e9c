import { probePhoto } from '../learning/photo-probe.ts'
import type { ProbeAnswer } from './prober.ts'

const scope = self as unknown as {
  postMessage(answer: ProbeAnswer): void
  onmessage: (event: MessageEvent<Blob>) => void
}

scope.onmessage = async ({ data }) => {
  try {
    scope.postMessage({ probe: await probePhoto(new File([data], 'image')) })
  } catch (error) {
    scope.postMessage({ failure: (error as Error).message })
  }
}
