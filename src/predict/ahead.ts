/** What is made of one item. */
export interface Made<Item, T> {
  readonly item: Item
  /** Place of the item, from 0. */
  readonly index: number
  readonly made: T
}

/** How many images are in the making for so many workers: one more is read or drawn meanwhile; a single worker has one at a time. */
export function atOnceFor(workers: number): number {
  return workers === 1 ? 1 : workers + 1
}

/**
 * What `make` gives for each item, in their order; up to `count` more are in the making while the one that was handed out is in
 * use. Ends with what an item threw, once those before it were handed out; none is begun after that, nor after the caller went
 * away, and what is in the making then is waited for.
 */
export async function* ahead<Item, T>(
  items: Iterable<Item> | AsyncIterable<Item>,
  make: (item: Item, index: number) => Promise<T>,
  count = 1,
): AsyncGenerator<Made<Item, T>, void, undefined> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  const queue: Promise<Made<Item, T> | undefined>[] = []
  let begun = 0
  let isOver = false
  // One item is taken after the other, also where they are made at once.
  let taken: Promise<unknown> = Promise.resolve()
  const start = async (): Promise<Made<Item, T> | undefined> => {
    const next = taken.then(() => (isOver ? undefined : source.next()))
    taken = next
    try {
      const result = await next
      if (!result || result.done || isOver) {
        isOver = true
        return undefined
      }
      const index = begun++
      return { item: result.value, index, made: await make(result.value, index) }
    } catch (error) {
      isOver = true
      throw error
    }
  }
  const fill = () => {
    while (queue.length < count && !isOver) {
      const started = start()
      // Told when its turn comes; until then it must not count as unhandled.
      started.catch(() => {})
      queue.push(started)
    }
  }
  let isExhausted = false
  try {
    fill()
    while (queue.length > 0) {
      const current = await queue.shift()
      fill()
      if (current) yield current
    }
    isExhausted = true
  } finally {
    isOver = true
    await Promise.allSettled(queue)
    if (!isExhausted) await source.return?.()
  }
}
