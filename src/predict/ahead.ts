/** What is made of one item. */
export interface Made<Item, T> {
  readonly item: Item
  /** Place of the item, from 0. */
  readonly index: number
  readonly made: T
}

/**
 * What `make` gives for each item, in their order; the next is made while the one that was handed out is in use. What was made and
 * is not handed out, because the caller went away or an item failed, is given to `discard`.
 */
export async function* ahead<Item, T>(
  items: Iterable<Item> | AsyncIterable<Item>,
  make: (item: Item) => Promise<T>,
  discard: (made: T) => Promise<void>,
): AsyncGenerator<Made<Item, T>, void, undefined> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let index = 0
  const start = async (): Promise<Made<Item, T> | undefined> => {
    const { done, value: item } = await source.next()
    return done ? undefined : { item, index: index++, made: await make(item) }
  }
  let next: ReturnType<typeof start> | undefined = start()
  try {
    for (let current = await next; current; current = await next) {
      next = start()
      // Told when its turn comes; until then it must not count as unhandled.
      next.catch(() => {})
      yield current
    }
    next = undefined
  } finally {
    const left = await next?.catch(() => undefined)
    if (left) await discard(left.made)
    await source.return?.()
  }
}
