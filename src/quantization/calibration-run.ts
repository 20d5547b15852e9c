/** Runs of graphs over images that show what comes. */
import type { CreateSession } from '../runtime/session.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** What a graph takes, and what that is called in messages. */
export interface CalibrationImage {
  readonly name: string
  readonly feeds: () => Promise<Readonly<Record<string, Tensor>>>
}

export interface CalibrationRun {
  readonly createSession: CreateSession
  readonly threads?: number
  readonly signal?: AbortSignal
  /** Called after each image. */
  readonly onImage?: () => void
}

/** Hands on what the graph says of each image, one after the other. */
export async function overImages(
  model: Uint8Array,
  images: readonly CalibrationImage[],
  { createSession, threads, signal, onImage }: CalibrationRun,
  take: (outputs: Readonly<Record<string, Tensor>>, image: CalibrationImage) => void,
): Promise<void> {
  const session = await createSession(model, { threads })
  try {
    for (const image of images) {
      signal?.throwIfAborted()
      take(await session.run(await image.feeds(), { signal }), image)
      onImage?.()
    }
  } finally {
    await session.dispose()
  }
}
