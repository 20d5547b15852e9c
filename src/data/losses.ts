/** One kind of thing a conversion lost or changed, how often, and where it happened first. */
export interface LossCount {
  readonly what: string
  readonly count: number
  /** The first few places, each once. */
  readonly where: readonly string[]
}

const EXAMPLES = 3

/**
 * What a conversion could not carry over, counted by kind. `what` is a plural that stands before a count, such as
 * `crowd annotations left out`; `where` names one place, such as `a.jpg: annotation 17`.
 */
export class Losses {
  readonly #lost = new Map<string, { count: number; where: string[] }>()
  readonly #changed = new Map<string, { count: number; where: string[] }>()
  readonly #noted = new Map<string, { count: number; where: string[] }>()

  /** Something the source holds and the result does not. */
  add(what: string, where: string): void {
    enter(this.#lost, what, where)
  }

  /** Something that is written differently and means the same, such as renumbered ids; of no place where it is everywhere. */
  change(what: string, where = ''): void {
    enter(this.#changed, what, where)
  }

  /** Something that is neither, and worth a word: files that were passed over, a reading that is doubtful. */
  note(what: string, where: string): void {
    enter(this.#noted, what, where)
  }

  get lost(): LossCount[] {
    return counts(this.#lost)
  }

  get changed(): LossCount[] {
    return counts(this.#changed)
  }

  get noted(): LossCount[] {
    return counts(this.#noted)
  }
}

/** `crowd annotations left out: 3 (a.jpg: annotation 17, b.jpg: annotation 20, ...)`. */
export function lossLine({ what, count, where }: LossCount): string {
  if (where.length === 0) return what
  const more = where.length === EXAMPLES && count > EXAMPLES ? ', ...' : ''
  return `${what}: ${count} (${where.join(', ')}${more})`
}

function enter(kinds: Map<string, { count: number; where: string[] }>, what: string, where: string): void {
  const kind = kinds.get(what) ?? { count: 0, where: [] }
  kinds.set(what, kind)
  kind.count++
  const isNew = where !== '' && !kind.where.includes(where)
  if (isNew && kind.where.length < EXAMPLES) kind.where.push(where)
}

function counts(kinds: ReadonlyMap<string, { count: number; where: string[] }>): LossCount[] {
  return [...kinds].map(([what, { count, where }]) => ({ what, count, where }))
}
