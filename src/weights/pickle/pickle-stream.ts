import { WeightError } from '../../errors.ts'
import { type ByteSource, readRange } from '../byte-source.ts'

const WINDOW = 1 << 16

/** The bytes of a pickle in their order, through a window: long strings are passed over, not read. */
export class PickleStream {
  readonly #source: ByteSource
  readonly #begin: number
  readonly #end: number
  readonly #where: string
  #window: DataView = new DataView(new ArrayBuffer(0))
  /** Where in the source the window begins. */
  #windowAt: number
  /** The next byte, in the window. */
  #at = 0

  /** @param where what errors call it */
  constructor(source: ByteSource, begin: number, end: number, where: string) {
    this.#source = source
    this.#begin = begin
    this.#end = end
    this.#where = where
    this.#windowAt = begin
  }

  /** Of the next byte, in the source. */
  get position(): number {
    return this.#windowAt + this.#at
  }

  /** What errors say of a place in it. */
  placeOf(position: number): string {
    return `${this.#where}: byte ${position - this.#begin}`
  }

  /** True where the next `count` bytes are in the window, or all there are. */
  has(count: number): boolean {
    const windowEnd = this.#windowAt + this.#window.byteLength
    return this.position + count <= windowEnd || (windowEnd === this.#end && this.position <= windowEnd)
  }

  /** Moves the window to the next byte. */
  async refill(): Promise<void> {
    const from = this.position
    const bytes = await readRange(this.#source, from, Math.min(WINDOW, this.#end - from))
    this.#window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#windowAt = from
    this.#at = 0
  }

  u8(): number {
    return this.#window.getUint8(this.#advance(1))
  }
  u16(): number {
    return this.#window.getUint16(this.#advance(2), true)
  }
  u32(): number {
    return this.#window.getUint32(this.#advance(4), true)
  }
  i32(): number {
    return this.#window.getInt32(this.#advance(4), true)
  }
  /** Rounded beyond 2^53, where no file reaches. */
  u64(): number {
    return Number(this.#window.getBigUint64(this.#advance(8), true))
  }
  f64(): number {
    return this.#window.getFloat64(this.#advance(8), false)
  }

  /** The next `count` bytes, which are few. */
  async take(count: number): Promise<Uint8Array> {
    const from = this.pass(count)
    const inWindow = from - this.#windowAt
    if (inWindow + count > this.#window.byteLength) return readRange(this.#source, from, count)
    return new Uint8Array(this.#window.buffer, this.#window.byteOffset + inWindow, count)
  }

  /** Passes over the next `count` bytes; answers where they begin. */
  pass(count: number): number {
    const from = this.position
    if (from + count > this.#end) throw this.#cutShort(count)
    this.#at += count
    return from
  }

  /** Reads bytes that were passed over. */
  readAt(position: number, count: number): Promise<Uint8Array> {
    return readRange(this.#source, position, count)
  }

  #advance(count: number): number {
    const at = this.#at
    if (at + count > this.#window.byteLength) throw this.#cutShort(count)
    this.#at = at + count
    return at
  }

  #cutShort(count: number): WeightError {
    return new WeightError('the pickle is cut short', {
      where: this.placeOf(this.position),
      expected: `${count} more bytes`,
      got: `${Math.max(0, this.#end - this.position)}`,
      hint: 'Copy or download the file again',
    })
  }
}
