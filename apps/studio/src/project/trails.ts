/**
 * Which states of what is edited followed one another. A browser that is killed may have an older state of its own store again than
 * what was stored since: what it has left is newer than what is stored only where it followed it.
 */
export interface Trails<Key> {
  /** A state comes after those before. `stored` is what is stored as far as is known, where nothing came before. */
  follow(key: Key, state: unknown, stored: () => unknown): void
  /** A state is stored: those before it are of no use any more. */
  reach(key: Key, state: unknown): void
  /** Prints of all states from the one that is stored on. */
  of(key: Key): readonly string[]
}

export function openTrails<Key>(): Trails<Key> {
  const trails = new Map<Key, string[]>()
  return {
    follow: (key, state, stored) => {
      const trail = trails.get(key) ?? [printOf(stored())]
      trails.set(key, [...trail, printOf(state)])
    },
    reach: (key, state) => {
      const print = printOf(state)
      const trail = trails.get(key) ?? []
      trails.set(key, trail.includes(print) ? trail.slice(trail.lastIndexOf(print)) : [print])
    },
    of: (key) => trails.get(key) ?? [],
  }
}

/** What tells states apart. Measures that are computed where they are kept do not count, nor the order that members have there. */
export function printOf(state: unknown): string {
  const text = JSON.stringify(state, (_, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const { area: _area, bbox, ...members } = value
    const told = isEmpty(members.segmentation) ? { ...members, bbox } : members
    return Object.fromEntries(Object.entries(told).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
  // Two numbers of 32 bits by multiplication with primes (FNV-1a, from two starts).
  let [a, b] = [0x811c9dc5, 0x9e3779b9]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x85ebca6b)
  }
  return `${text.length}.${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`
}

/** Of an object that has a box alone, which is not computed. */
function isEmpty(segmentation: unknown): boolean {
  return Array.isArray(segmentation) && segmentation.length === 0
}
