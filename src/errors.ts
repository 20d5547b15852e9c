/**
 * The errors Maskwright throws. Each says where it happened, what was expected, what came instead,
 * and what to do; `message` is one line made of those parts.
 */
export interface ErrorParts {
  /** Path in the graph, file, or setting that is wrong, for example `backbone.body.conv1` or `val.json: annotations[3]`. */
  readonly where?: string
  readonly expected?: string
  readonly got?: string
  /** What the user can do about it. */
  readonly hint?: string
}

/** Base of all errors meant for users: the command line prints `message` and nothing else. */
export class MaskwrightError extends Error {
  readonly where?: string
  readonly expected?: string
  readonly got?: string
  readonly hint?: string

  constructor(what: string, parts: ErrorParts = {}, options?: ErrorOptions) {
    super(sentence(what, parts), options)
    this.name = new.target.name
    this.where = parts.where
    this.expected = parts.expected
    this.got = parts.got
    this.hint = parts.hint
  }
}

/** Shapes or dtypes that do not fit together, found while a graph is built or a tensor is made. */
export class ShapeError extends MaskwrightError {}
/** A graph that is not well formed: unknown names, wrong attributes, values of another graph. */
export class GraphError extends MaskwrightError {}
/** A gradient that was asked for and does not exist. */
export class GradientError extends MaskwrightError {}
/** A weight file that cannot be read, or weights that do not fit the model. */
export class WeightError extends MaskwrightError {}
/** Images, annotations or results that cannot be used. */
export class DataError extends MaskwrightError {}
/** Loading or running a graph failed. */
export class SessionError extends MaskwrightError {}
/** A setting or flag that does not exist or has an impossible value. */
export class ConfigError extends MaskwrightError {}

function sentence(what: string, { where, expected, got, hint }: ErrorParts): string {
  let text = where ? `${where}: ${what}` : what
  if (expected !== undefined) text += `; expected ${expected}`
  if (got !== undefined) text += `${expected !== undefined ? ',' : ';'} got ${got}`
  if (hint !== undefined) text += `. ${hint}`
  return printable(text)
}

/** Control characters, line breaks of Unicode, and marks that turn the direction of writing. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Text on one line that does nothing to a terminal: names of files and categories may hold anything. */
export function printable(text: string): string {
  return text.replace(
    UNSEEN,
    (character) => SHORT[character] ?? `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  )
}
