/** Photos looked at beside the page, one after the other, where they are at hand. */
import type { ImageProbe } from '../../../../src/doctor/image-probe.ts'
import type { Place } from '../project/place.ts'
import { TEXTS } from '../texts.ts'

export type ProbeAnswer = { readonly probe: ImageProbe } | { readonly failure: string }

export function openProber(place: Place) {
  const worker = new Worker(new URL('./probe-worker.ts', import.meta.url), { type: 'module' })
  const asked = (photo: Blob, signal: AbortSignal) =>
    new Promise<ImageProbe>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      worker.onerror = (event) => {
        event.preventDefault()
        reject(new Error(TEXTS.photosNotRead(event.message ?? '')))
      }
      worker.onmessage = ({ data }: MessageEvent<ProbeAnswer>) =>
        'probe' in data ? resolve(data.probe) : reject(new Error(data.failure))
      worker.postMessage(photo)
    })
  return {
    /** An abort rejects with the signal's reason. */
    async probe(imageId: number, signal: AbortSignal): Promise<ImageProbe> {
      signal.throwIfAborted()
      const photo = await place.file(imageId, signal).catch(() => undefined)
      signal.throwIfAborted()
      return photo ? asked(photo, signal) : { kind: 'missing' }
    },
    end: () => worker.terminate(),
  }
}
