/** How large what a model found is, in pixels. */
import { decompressRle, rleArea } from '../../../../src/geometry/rle.ts'
import type { Proposal } from '../project/coco-document.ts'

const areas = new WeakMap<Proposal, number>()

/** Square pixels of the mask, or of the box where there is none. */
export function areaOf(proposal: Proposal): number {
  const { segmentation, bbox } = proposal
  const area =
    proposal.area ??
    areas.get(proposal) ??
    (segmentation ? rleArea(decompressRle(segmentation)) : bbox[2] * bbox[3])
  areas.set(proposal, area)
  return area
}

/** Of the disc that is as large. */
export function diameterOf(area: number): number {
  return 2 * Math.sqrt(area / Math.PI)
}

/** A length or an area as people read it: `1 234 px²`, `12.3 µm`. */
export function sizeText(pixels: number, power: 1 | 2, pixelSize: number | undefined): string {
  const value = pixels * (pixelSize ?? 1) ** power
  const number = value >= 100 ? value.toFixed(0) : value.toPrecision(3)
  return `${number} ${pixelSize === undefined ? 'px' : 'µm'}${power === 2 ? '²' : ''}`
}

/** Area, width and height of its box, and the diameter of a disc that is as large. */
export function sizesOf(proposal: Proposal, pixelSize: number | undefined): string {
  const [, , width, height] = proposal.bbox
  const area = areaOf(proposal)
  const [wide, high, across] = [width, height, diameterOf(area)].map((one) => sizeText(one, 1, pixelSize))
  return `${sizeText(area, 2, pixelSize)} · ${wide} × ${high} · ⌀ ${across}`
}
