/** Names that begin so begin otherwise here, made of what the groups of the pattern found. */
export type Renaming = readonly [pattern: RegExp, ours: (...groups: string[]) => string]

/** A name by the first of the rules whose pattern it fits; itself where none does. */
export function renamed(name: string, rules: readonly Renaming[]): string {
  for (const [pattern, ours] of rules) {
    const found = pattern.exec(name)
    if (found) return ours(...found.slice(1)) + name.slice(found[0].length)
  }
  return name
}
