import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'

interface Props<Item> {
  readonly items: readonly Item[]
  readonly keyOf: (item: Item) => string | number
  readonly row: (item: Item) => ComponentChildren
  /** The place of the one that is to be seen; -1 where none is. */
  readonly active: number
}

/** Pixels of a row: all are as high, or it could not be known where one is. */
const ROW = 36
/** Rows beyond what is seen. */
const MORE = 6

/** A list of any length: rows that are not seen are not made. */
export function VirtualList<Item>({ items, keyOf, row, active }: Props<Item>) {
  const place = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const height = useSignal(0)
  useLayoutEffect(() => {
    const list = place.current as HTMLDivElement
    const watch = new ResizeObserver(() => {
      height.value = list.clientHeight
    })
    watch.observe(list)
    height.value = list.clientHeight
    return () => watch.disconnect()
  }, [])
  useEffect(() => {
    const list = place.current as HTMLDivElement
    if (active < 0) return
    const [from, to] = [active * ROW, (active + 1) * ROW]
    if (from < list.scrollTop) list.scrollTop = from
    else if (to > list.scrollTop + list.clientHeight) list.scrollTop = to - list.clientHeight
  }, [active, items])
  const first = Math.max(0, Math.floor(top.value / ROW) - MORE)
  const end = Math.min(items.length, Math.ceil((top.value + height.value) / ROW) + MORE)
  const space = (rows: number) => `${rows * ROW}px`
  return (
    <div
      ref={place}
      class="rows"
      onScroll={({ currentTarget }) => {
        top.value = currentTarget.scrollTop
      }}
    >
      <ul style={{ paddingTop: space(first), paddingBottom: space(items.length - end) }}>
        {items.slice(first, end).map((item, i) => (
          <li
            key={keyOf(item)}
            aria-setsize={items.length}
            aria-posinset={first + i + 1}
            style={{ height: space(1) }}
          >
            {row(item)}
          </li>
        ))}
      </ul>
    </div>
  )
}
