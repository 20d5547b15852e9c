import type { ReadingOptions } from '../data/image-reading.ts'
import type { ModelMetadata } from '../models/model-metadata.ts'

/** How files are read for a model, and what people should know of that. */
export interface ModelReading {
  readonly reading: ReadingOptions
  readonly notes: readonly string[]
}

/** Intensities as they were in the model's training, unless it is said otherwise. */
export function readingFor(
  { intensity = 'auto' }: Pick<ModelMetadata, 'intensity'>,
  wanted: ReadingOptions,
): ModelReading {
  if (wanted.intensity !== undefined || intensity === 'auto') return { reading: wanted, notes: [] }
  const text = typeof intensity === 'string' ? intensity : intensity.join(':')
  const note = `intensity ${text}, as the model was trained with; --intensity chooses another`
  return { reading: { ...wanted, intensity }, notes: [note] }
}

/** A picture, or a reader of one, with notes after its own. */
export function withNotes<T extends { readonly notes?: readonly string[] }>(
  picture: T,
  notes: readonly string[],
): T {
  return notes.length === 0 ? picture : { ...picture, notes: [...(picture.notes ?? []), ...notes] }
}
