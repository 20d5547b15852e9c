import { classColor } from '../../../../src/predict/colors.ts'

/** The colour of a category by its place among them: that of overlays. */
export function cssColor(index: number): string {
  return `rgb(${classColor(Math.max(0, index)).join(' ')})`
}
