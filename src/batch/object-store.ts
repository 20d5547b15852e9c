/**
 * Where a batch keeps what it writes: objects by keys such as `shards/000001.jsonl`, as a folder or an object store has them. All
 * members throw `DataError` naming the object where the store fails.
 */
export interface ObjectStore {
  /** Name of an object, for people. */
  placeOf(key: string): string
  /** Keys that begin with a prefix ending in `/`, in no order. */
  list(prefix: string): Promise<string[]>
  /** Undefined where there is no such object. */
  read(key: string): Promise<Uint8Array | undefined>
  /** Puts an object whole or not at all, over one that was there. */
  put(key: string, content: string | Iterable<string>): Promise<void>
  /** One that is not there is fine. */
  remove(key: string): Promise<void>
}
