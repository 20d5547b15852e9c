/** Which category was taken for which; the last row and column stand for the background. */
export interface ConfusionMatrix {
  readonly iouThreshold: number
  readonly minScore: number
  /** Names of the categories, without the background. */
  readonly categories: readonly string[]
  /** [K + 1, K + 1]: rows are true categories then invented objects, columns predicted ones then missed objects. */
  readonly counts: readonly (readonly number[])[]
}
