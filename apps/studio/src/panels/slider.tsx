import type { Signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'

interface Props {
  readonly text: string
  readonly value: Signal<number>
  readonly min: number
  readonly max: number
  readonly step?: number
  readonly children?: ComponentChildren
}

/** Sets a number; `children` stand behind it. */
export function Slider({ text, value, min, max, step = 1, children }: Props) {
  return (
    <label>
      {text}{' '}
      <input
        type="range"
        {...{ min, max, step, value }}
        onInput={({ currentTarget }) => {
          value.value = Number(currentTarget.value)
        }}
      />
      {children}
    </label>
  )
}
