import type { ReadingOptions } from '../data/image-reading.ts'
import type { ModelMetadata } from '../models/model-metadata.ts'

/** How files are read for a model, and what people should know of that. */
export interface ModelReading {
  readonly reading: ReadingOptions
  readonly notes: readonly string[]
}

/** Intensities and channels as they were in the model's training, unless it is said otherwise. */
export function readingFor(
  { intensity, channels }: Pick<ModelMetadata, 'intensity' | 'channels'>,
  wanted: ReadingOptions,
): ModelReading {
  const notes: string[] = []
  const reading: { -readonly [K in keyof ReadingOptions]: ReadingOptions[K] } = { ...wanted }
  if (wanted.intensity === undefined && intensity !== undefined && intensity !== 'auto') {
    reading.intensity = intensity
    const text = typeof intensity === 'string' ? intensity : intensity.join(':')
    notes.push(`intensity ${text}, as the model was trained with; --intensity chooses another`)
  }
  if (wanted.channels === undefined && channels !== undefined) {
    reading.channels = channels
    const text = `channel${channels.length > 1 ? 's' : ''} ${channels.join(',')}`
    notes.push(`${text}, as the model was trained with; --channel chooses another`)
  }
  return { reading, notes }
}

/** A picture, or a reader of one, with notes after its own. */
export function withNotes<T extends { readonly notes?: readonly string[] }>(
  picture: T,
  notes: readonly string[],
): T {
  return notes.length === 0 ? picture : { ...picture, notes: [...(picture.notes ?? []), ...notes] }
}
