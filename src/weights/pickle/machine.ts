import { type ErrorParts, WeightError } from '../../errors.ts'
import type { PickleStream } from './pickle-stream.ts'
import type { PickleContext, PickleValue } from './values.ts'

/** What a pickle may ask for. */
export interface PickleRules {
  /** What stands for `module.name`; undefined for what is not allowed. */
  readonly find: (module: string, name: string) => PickleValue | undefined
  /** What a persistent id stands for: something that lies outside of the pickle. */
  readonly persistent?: (id: PickleValue, context: PickleContext) => PickleValue
}

/** Weight files make some hundred thousand values; a pickle that makes more is made to exhaust memory. */
const MOST_VALUES = 2_000_000

/** The machine that a pickle is a program of: a stack, marks in it, and a memory. */
export class PickleMachine implements PickleContext {
  readonly stream: PickleStream
  readonly rules: PickleRules
  readonly memo = new Map<number, PickleValue>()
  /** Bytes of text that are held. */
  heldText = 0
  readonly #stack: PickleValue[] = []
  readonly #marks: number[] = []
  #values = 0
  #place = 0

  constructor(stream: PickleStream, rules: PickleRules) {
    this.stream = stream
    this.rules = rules
  }

  /** The code of the next operation, which errors are told at from here on. */
  next(): number {
    this.#place = this.stream.position
    this.spend(1)
    return this.stream.u8()
  }

  push(value: PickleValue): void {
    this.#stack.push(value)
  }

  /** The last value, which stays. */
  top(): PickleValue {
    if (this.#stack.length <= this.#floor()) throw this.error('the pickle takes a value that it has not made')
    return this.#stack[this.#stack.length - 1]
  }

  pop(): PickleValue {
    const value = this.top()
    this.#stack.pop()
    return value
  }

  mark(): void {
    this.#marks.push(this.#stack.length)
  }

  /** The values since the last mark, which is taken away with them. */
  popMark(): PickleValue[] {
    const mark = this.#marks.pop()
    if (mark === undefined) throw this.error('the pickle goes back to a mark that it has not set')
    return this.#stack.splice(mark)
  }

  /** Takes a value or, where none came after it, a mark. */
  drop(): void {
    if (this.#marks.length > 0 && this.#stack.length === this.#floor()) this.#marks.pop()
    else this.pop()
  }

  #floor(): number {
    return this.#marks[this.#marks.length - 1] ?? 0
  }

  readonly spend = (values: number): void => {
    this.#values += values
    if (this.#values > MOST_VALUES) {
      throw this.error('the pickle makes more values than weights need', { expected: `up to ${MOST_VALUES}` })
    }
  }

  readonly error = (what: string, parts: Omit<ErrorParts, 'where'> = {}): WeightError => {
    return new WeightError(what, { where: this.stream.placeOf(this.#place), ...parts })
  }
}
