/** A dot of a category's colour; said in words beside it. */
export function Swatch({ color }: { readonly color: string }) {
  return (
    <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
      <circle cx="5" cy="5" r="5" fill={color} />
    </svg>
  )
}
