/** What the studio's page keeps in the browser. */
import type { Page } from 'playwright-core'

/** As text: what compiles this file would put names of its own into a function. */
const ASK = `(async ([store, method, args]) => {
  const ended = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result) })
  const { name } = (await indexedDB.databases()).find(({ name }) => name.startsWith('maskwright studio'))
  const database = await ended(indexedDB.open(name))
  const answer = await ended(database.transaction(store).objectStore(store)[method](...args))
  database.close()
  return answer
})`

/** What a store of it answers. */
export function askedStore(
  page: Page,
  store: string,
  method: 'get' | 'getAll' | 'count' | 'getAllKeys',
  ...args: readonly unknown[]
): Promise<unknown> {
  return page.evaluate(`${ASK}(${JSON.stringify([store, method, args])})`)
}
