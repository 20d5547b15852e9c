import { distance } from 'fastest-levenshtein'

/** The name that takes fewest changes, capitals aside, where those are few. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const changes = (other: string) => distance(name.toLowerCase(), other.toLowerCase())
  const [best] = [...names].sort((a, b) => changes(a) - changes(b))
  return best !== undefined && changes(best) <= Math.max(2, best.length / 3) ? best : undefined
}
