import type { ReadonlySignal } from '@preact/signals'

/** What went wrong, where something did. */
export function Problem({ of }: { readonly of: ReadonlySignal<string | undefined> }) {
  if (of.value === undefined) return null
  return (
    <p class="wrong" role="alert">
      {of}
    </p>
  )
}
