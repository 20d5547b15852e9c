import { distance } from 'fastest-levenshtein'

/** The name that takes fewest changes, capitals aside, where those are few. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const changes = (other: string) => distance(name.toLowerCase(), other.toLowerCase())
  const [best] = [...names].sort((a, b) => changes(a) - changes(b))
  if (best === undefined) return undefined
  const few = best.length < 4 ? 1 : Math.max(2, best.length / 3)
  return changes(best) <= few ? best : undefined
}
