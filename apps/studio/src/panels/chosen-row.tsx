import type { ComponentChildren } from 'preact'

interface Props {
  readonly isChosen: boolean
  /** Asked to be chosen, or not any more; with Shift beside others. */
  readonly onChoose: (isChosen: boolean, isMore: boolean) => void
  readonly label: ComponentChildren
  /** What can be done with it while it is chosen. */
  readonly children: ComponentChildren
}

/** A row of a list of objects, one of which can be chosen. */
export function ChosenRow({ isChosen, onChoose, label, children }: Props) {
  return (
    <li class={isChosen ? 'chosen' : undefined}>
      <button type="button" aria-pressed={isChosen} onClick={({ shiftKey }) => onChoose(!isChosen, shiftKey)}>
        {label}
      </button>
      {isChosen && children}
    </li>
  )
}
