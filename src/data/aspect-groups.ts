import type { DatasetImage } from './dataset.ts'

/**
 * An order of images in which those of one orientation follow each other by batches, as little changed as that allows: a batch starts when
 * enough images of one orientation have come, which are then its images. What is left at the end follows, portraits last.
 * @param begun images of a batch that the order completes; its first batch is so much smaller
 */
export function groupedByAspect(
  order: readonly DatasetImage[],
  batchSize: number,
  begun = 0,
): DatasetImage[] {
  const grouped: DatasetImage[] = []
  const waiting: { readonly [isPortrait in 0 | 1]: DatasetImage[] } = { 0: [], 1: [] }
  for (const image of order) {
    const group = waiting[image.height > image.width ? 1 : 0]
    group.push(image)
    const needed = batchSize - ((begun + grouped.length) % batchSize)
    if (group.length >= needed) grouped.push(...group.splice(0, needed))
  }
  return [...grouped, ...waiting[0], ...waiting[1]]
}
