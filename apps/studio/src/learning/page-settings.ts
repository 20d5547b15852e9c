/** Settings of a training in the page: those of a training without a configuration, with the body left as it is. */
import { resolveConfig } from '../../../../src/train/config.ts'
import type { Override } from '../../../../src/train/config-overrides.ts'
import { plainValue } from '../../../../src/train/reasoned-settings.ts'
import { type SuggestedLength, suggestedSettings } from '../../../../src/train/suggested-settings.ts'
import type { DataFacts, Suggestion } from '../../../../src/train/suggestion.ts'
import type { ResolvedConfig } from '../../../../src/train/train-config.ts'

/** Names of what is kept beside a run, in place of paths. */
export const TRAIN_LABELS = 'train.json'
export const VAL_LABELS = 'val.json'
const PHOTOS = 'photos'
/** All of the body. */
const STAGES = 5
/** Photos are seen whole: two of more pixels ask for more memory than WebAssembly has. */
const MOST_PIXELS_OF_TWO = 800 * 600
/** More often than elsewhere: a page is closed more easily. */
const SAVE_EVERY = 20
const LOG_EVERY = 5

/**
 * WebAssembly takes one and a half to two and a half times as long as the machine: what the body makes of each photo is computed once and kept, which asks for
 * photos that are seen alike in every epoch, but for mirrors.
 */
export function pageConfig(
  facts: DataFacts,
  chosen: Suggestion,
  length: SuggestedLength,
  { hasVal, overrides }: { readonly hasVal: boolean; readonly overrides: readonly Override[] },
): ResolvedConfig {
  const { minSize, maxSize, turns } = chosen
  const places = {
    images: PHOTOS,
    annotations: TRAIN_LABELS,
    val: hasVal ? { images: PHOTOS, annotations: VAL_LABELS } : null,
  }
  const settings = plainValue(suggestedSettings(facts, chosen, length, places)) as Record<string, unknown>
  return resolveConfig(
    {
      ...settings,
      batchSize: minSize * maxSize > MOST_PIXELS_OF_TWO ? 1 : 2,
      augment: {
        scale: { kind: 'shortest-side', minSize, maxSize },
        horizontalFlip: turns === 'none' ? 0 : 0.5,
        verticalFlip: turns === 'all' ? 0.5 : 0,
      },
      freeze: { stages: STAGES, features: 'disk' },
      planMemory: false,
      saveEvery: SAVE_EVERY,
      logEvery: LOG_EVERY,
    },
    { where: 'settings of the page', overrides },
  )
}
