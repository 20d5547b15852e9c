/** What a model does one after the other, from the file of an image to masks. */
export const STAGES = ['decode', 'preprocess', 'backbone', 'neck', 'finder', 'heads', 'paste'] as const
export type Stage = (typeof STAGES)[number]

/** By the beginnings of modules, the longest that fits; the rest lies between the finder and the heads and belongs to the finder. */
const MODULES: readonly (readonly [string, Stage])[] = [
  ['transform', 'preprocess'],
  ['backbone', 'backbone'],
  ['backbone.fpn', 'neck'],
  ['roi_heads', 'heads'],
  ['keypoints', 'heads'],
  ['output', 'heads'],
  ['paste', 'paste'],
]

/** The stage of a module (`backbone.body.layer1.0.conv1`) of any of the models. */
export function stageOf(module: string): Stage {
  const isIn = (start: string) => module === start || module.startsWith(`${start}.`)
  return MODULES.findLast(([start]) => isIn(start))?.[1] ?? 'finder'
}
