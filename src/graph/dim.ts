/**
 * A dim is a number, or a symbol for a size known only when the graph runs: a name (`H`) or an
 * expression over names (`((H+1)//2)`). Equal expressions are equal sizes; two different symbols that
 * meet are taken to be equal and the runtime checks it. A symbol is never taken to be 1, so whatever
 * is known to have one row has the dim 1: a slice of one row of a symbolic axis, too.
 */
export type Dim = number | string

export function isKnown(dim: Dim): dim is number {
  return typeof dim === 'number'
}

export function allKnown(dims: readonly Dim[]): dims is readonly number[] {
  return dims.every(isKnown)
}

export function addDims(a: Dim, b: Dim): Dim {
  if (isKnown(a)) return isKnown(b) ? a + b : addDims(b, a)
  if (!isKnown(b)) return `(${a}+${b})`
  const { base, offset } = splitOffset(a)
  const total = offset + b
  if (total === 0) return base
  return `(${base}${total < 0 ? '-' : '+'}${Math.abs(total)})`
}

/** `(H+3)` as `H` and 3; a symbol without a trailing number has offset 0. */
function splitOffset(symbol: string): { base: string; offset: number } {
  const match = /^\((.+)([+-])(\d+)\)$/.exec(symbol)
  if (!match || !isBalanced(match[1])) return { base: symbol, offset: 0 }
  return { base: match[1], offset: match[2] === '-' ? -Number(match[3]) : Number(match[3]) }
}

function isBalanced(text: string): boolean {
  let depth = 0
  for (const c of text) {
    if (c === '(') depth++
    else if (c === ')' && --depth < 0) return false
  }
  return depth === 0
}

export function subtractDims(a: Dim, b: Dim): Dim {
  if (a === b) return 0
  return isKnown(b) ? addDims(a, -b) : `(${a}-${b})`
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (isKnown(a) && isKnown(b)) return a * b
  if (a === 0 || b === 0) return 0
  if (a === 1) return b
  if (b === 1) return a
  return product([a, b])
}

/** Floor of `a / b`; of a multiple of `b` and something, what it is exactly: `(4H-1) // 2` is `2H-1`. */
export function divideDims(a: Dim, b: Dim): Dim {
  if (isKnown(a) && isKnown(b)) return Math.floor(a / b)
  if (b === 1) return a
  if (a === b) return 1
  if (!isKnown(a) && isKnown(b)) {
    const { base, offset } = splitOffset(a)
    const { number, symbols } = factors([base])
    if (number % b === 0) return addDims(product([number / b, ...symbols]), Math.floor(offset / b))
  }
  return `(${a}//${b})`
}

export function minDims(a: Dim, b: Dim): Dim {
  if (isKnown(a) && isKnown(b)) return Math.min(a, b)
  return a === b ? a : `min(${[a, b].map(String).sort().join(',')})`
}

export function maxDims(a: Dim, b: Dim): Dim {
  if (isKnown(a) && isKnown(b)) return Math.max(a, b)
  return a === b ? a : `max(${[a, b].map(String).sort().join(',')})`
}

/** Canonical product: the number first, then the symbols in order, so that equal products are equal strings. */
export function product(dims: readonly Dim[]): Dim {
  const { number, symbols } = factors(dims)
  if (number === 0 || symbols.length === 0) return number
  const parts = number === 1 ? symbols : [`${number}`, ...symbols]
  return parts.length === 1 ? parts[0] : `(${parts.join('*')})`
}

/** The dim `x` with `x * product(divisor) = product(dividend)`: what `-1` in a reshape stands for. */
export function quotient(dividend: readonly Dim[], divisor: readonly Dim[]): Dim {
  const above = factors(dividend)
  const below = factors(divisor)
  const left = [...above.symbols]
  const unmatched: string[] = []
  for (const symbol of below.symbols) {
    const at = left.indexOf(symbol)
    if (at >= 0) left.splice(at, 1)
    else unmatched.push(symbol)
  }
  if (unmatched.length === 0 && below.number !== 0 && above.number % below.number === 0) {
    return product([above.number / below.number, ...left])
  }
  return divideDims(product([above.number, ...left]), product([below.number, ...unmatched]))
}

/** `[2, 3, H]` as text. */
export function formatShape(shape: readonly Dim[]): string {
  return `[${shape.join(', ')}]`
}

function factors(dims: readonly Dim[]): { number: number; symbols: string[] } {
  let number = 1
  const symbols: string[] = []
  for (const dim of dims) {
    if (isKnown(dim)) number *= dim
    else symbols.push(...topFactors(dim))
  }
  return {
    number: symbols.length ? number * numericFactors(symbols) : number,
    symbols: symbols.filter((s) => !NUMBER.test(s)).sort(),
  }
}

const NUMBER = /^\d+$/

function numericFactors(parts: readonly string[]): number {
  return parts.filter((part) => NUMBER.test(part)).reduce((total, part) => total * Number(part), 1)
}

/** Factors of a product written by `product`; any other expression is one factor. */
function topFactors(symbol: string): string[] {
  if (!symbol.startsWith('(') || !symbol.endsWith(')')) return [symbol]
  const parts: string[] = []
  let depth = 0
  let start = 1
  for (let i = 1; i < symbol.length - 1; i++) {
    const c = symbol[i]
    if (c === '(') depth++
    else if (c === ')') depth--
    if (depth < 0) return [symbol]
    if (depth === 0 && c !== '*' && '+-/,'.includes(c)) return [symbol]
    if (depth === 0 && c === '*') {
      parts.push(symbol.slice(start, i))
      start = i + 1
    }
  }
  parts.push(symbol.slice(start, -1))
  return parts.length > 1 ? parts : [symbol]
}
