import { ConfigError } from '../errors.ts'
import { type OptionNames, requireKnownOptions } from '../names/known-options.ts'

/** What an image is looked at as, beside as it is. */
export interface Augmentation {
  /** Also mirrored, left and right swapped. Default false. */
  readonly flip?: boolean
  /** Also at these sizes, relative to the one that the model sees it at: 0.25 to 4. Default: none. */
  readonly scales?: readonly number[]
}

const AUGMENTATION: OptionNames<Augmentation> = { flip: true, scales: true }

/** Whether an image can be looked at at so many times its size. */
export function isViewScale(scale: number): boolean {
  return scale >= 0.25 && scale <= 4
}

/** Throws `ConfigError` for what is no augmentation. */
export function checkAugmentation(augmentation: Augmentation): void {
  requireKnownOptions('tta', augmentation, AUGMENTATION)
  for (const scale of augmentation.scales ?? []) {
    if (isViewScale(scale)) continue
    throw new ConfigError('option is wrong', {
      where: 'tta',
      expected: 'scales from 0.25 to 4',
      got: `${scale}`,
    })
  }
}
