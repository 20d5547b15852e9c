/** How much a model found on many photos together. */
import type { Proposal, StudioImage } from '../project/coco-document.ts'
import { areaOf } from './object-sizes.ts'

/** What was found on a photo. */
export interface FoundPhoto {
  readonly image: StudioImage
  readonly proposals: readonly Proposal[]
}

export interface Amount {
  readonly count: number
  /** Square pixels. */
  readonly area: number
}

export interface Totals extends Amount {
  /** By their names. */
  readonly categories: readonly (Amount & { readonly name: string })[]
  readonly photos: readonly (Amount & { readonly image: StudioImage })[]
}

export function totalsOf(found: readonly FoundPhoto[]): Totals {
  const byCategory = new Map<string, Amount>()
  const photos = found.map(({ image, proposals }) => {
    for (const one of proposals) {
      const { count, area } = byCategory.get(one.category) ?? { count: 0, area: 0 }
      byCategory.set(one.category, { count: count + 1, area: area + areaOf(one) })
    }
    return { image, count: proposals.length, area: proposals.reduce((sum, one) => sum + areaOf(one), 0) }
  })
  const categories = [...byCategory]
    .map(([name, amount]) => ({ name, ...amount }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    count: photos.reduce((sum, { count }) => sum + count, 0),
    area: photos.reduce((sum, { area }) => sum + area, 0),
    ...{ categories, photos },
  }
}
