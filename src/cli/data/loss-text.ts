import { type LossCount, lossLine } from '../../data/losses.ts'

export interface LossLists {
  readonly lost: readonly LossCount[]
  readonly changed: readonly LossCount[]
  readonly noted: readonly LossCount[]
}

/** What was lost, changed and is worth knowing, each kind under its title; nothing where there is none. */
export function lossText({ lost, changed, noted }: LossLists): string[] {
  return [
    ...titled('Lost', lost),
    ...titled('Changed, with the same meaning', changed),
    ...titled('Worth knowing', noted),
  ]
}

function titled(title: string, losses: readonly LossCount[]): string[] {
  return losses.length === 0 ? [] : [`${title}:`, ...losses.map((loss) => `  ${lossLine(loss)}`)]
}
