/**
 * The operations of pickles that make data, of protocols 2 to 5 (PEP 307, 3154 and 574; `pickletools` of Python lists them). Left
 * out are those of protocols 0 and 1 that only text pickles have, extension registries, and buffers from outside.
 */
import type { PickleMachine } from './machine.ts'
import { refusal } from './refused-names.ts'
import { Bytes, Dict, List, LongText, Members, type PickleValue, Rebuild, Restorable } from './values.ts'

export type Opcode = (machine: PickleMachine) => void | Promise<void>

/** Texts up to this many bytes are always held, those up to `HELD` while all of them are below `HELD_ALL`. */
const SHORT = 256
const HELD = 1 << 16
const HELD_ALL = 1 << 26
/** Bytes of the longest whole number. */
const LONGEST_INTEGER = 1024
const LONGEST_NAME = 1000
const NEWLINE = 0x0a
const NEWEST_PROTOCOL = 5

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const OPCODES: ReadonlyMap<number, Opcode | 'stop'> = new Map<number, Opcode | 'stop'>([
  [0x80, protocol],
  [0x95, ({ stream }) => void stream.u64()], // FRAME: how many bytes to read at once
  [0x2e, 'stop'],

  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4b, (m) => m.push(m.stream.u8())], // BININT1
  [0x4d, (m) => m.push(m.stream.u16())], // BININT2
  [0x4a, (m) => m.push(m.stream.i32())], // BININT
  [0x47, (m) => m.push(m.stream.f64())], // BINFLOAT
  [0x8a, (m) => integer(m, m.stream.u8())], // LONG1
  [0x8b, (m) => integer(m, m.stream.u32())], // LONG4

  [0x8c, (m) => unicode(m, m.stream.u8())], // SHORT_BINUNICODE
  [0x58, (m) => unicode(m, m.stream.u32())], // BINUNICODE
  [0x8d, (m) => unicode(m, m.stream.u64())], // BINUNICODE8
  [0x43, (m) => bytes(m, m.stream.u8())], // SHORT_BINBYTES
  [0x42, (m) => bytes(m, m.stream.u32())], // BINBYTES
  [0x8e, (m) => bytes(m, m.stream.u64())], // BINBYTES8
  [0x96, (m) => bytes(m, m.stream.u64())], // BYTEARRAY8
  [0x55, (m) => oldString(m, m.stream.u8())], // SHORT_BINSTRING
  [0x54, (m) => oldString(m, m.stream.u32())], // BINSTRING

  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => m.drop()], // POP
  [0x31, (m) => void m.popMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x71, (m) => void m.memo.set(m.stream.u8(), m.top())], // BINPUT
  [0x72, (m) => void m.memo.set(m.stream.u32(), m.top())], // LONG_BINPUT
  [0x94, (m) => void m.memo.set(m.memo.size, m.top())], // MEMOIZE
  [0x68, (m) => recall(m, m.stream.u8())], // BINGET
  [0x6a, (m) => recall(m, m.stream.u32())], // LONG_BINGET

  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x85, (m) => m.push([m.pop()])], // TUPLE1
  [0x86, (m) => m.push([m.pop(), m.pop()].reverse())], // TUPLE2
  [0x87, (m) => m.push([m.pop(), m.pop(), m.pop()].reverse())], // TUPLE3
  [0x74, (m) => m.push(m.popMark())], // TUPLE
  [0x5d, (m) => m.push(new List())], // EMPTY_LIST
  [0x61, (m) => append(m, [m.pop()])], // APPEND
  [0x65, (m) => append(m, m.popMark())], // APPENDS
  [0x6c, (m) => append(m, m.popMark(), new List())], // LIST
  [0x7d, (m) => m.push(new Dict())], // EMPTY_DICT
  [0x73, (m) => setItems(m, [m.pop(), m.pop()].reverse())], // SETITEM
  [0x75, (m) => setItems(m, m.popMark())], // SETITEMS
  [0x64, (m) => setItems(m, m.popMark(), new Dict())], // DICT
  [0x8f, (m) => m.push(new Members())], // EMPTY_SET
  [0x90, (m) => addItems(m, m.popMark())], // ADDITEMS
  [0x91, (m) => addItems(m, m.popMark(), new Members())], // FROZENSET

  [0x63, global],
  [0x93, stackGlobal],
  [0x52, (m) => call(m, m.pop())], // REDUCE
  [0x81, (m) => call(m, m.pop())], // NEWOBJ
  [0x92, newObjectWithKeywords],
  [0x62, build],
  [0x51, persistentId],
])

function protocol(m: PickleMachine): void {
  const version = m.stream.u8()
  if (version > NEWEST_PROTOCOL) {
    throw m.error('the pickle is of an unknown protocol', {
      expected: `up to ${NEWEST_PROTOCOL}`,
      got: `${version}`,
    })
  }
}

/** A number where it is exact as one. */
async function integer(m: PickleMachine, count: number): Promise<void> {
  if (count > LONGEST_INTEGER) throw m.error('a whole number is too long', { got: `${count} bytes` })
  let value = 0n
  const digits = await m.stream.take(count)
  for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i])
  value = BigInt.asIntN(8 * count, value)
  const number = Number(value)
  m.push(Number.isSafeInteger(number) ? number : value)
}

async function unicode(m: PickleMachine, count: number): Promise<void> {
  const isHeld = count <= SHORT || (count <= HELD && m.heldText + count <= HELD_ALL)
  if (!isHeld) {
    const at = m.stream.pass(count)
    m.push(new LongText(count, () => m.stream.readAt(at, count)))
    return
  }
  m.heldText += count
  m.push(decoded(m, await m.stream.take(count)))
}

async function bytes(m: PickleMachine, count: number): Promise<void> {
  if (count <= SHORT) m.push(Bytes.of((await m.stream.take(count)).slice()))
  else {
    const at = m.stream.pass(count)
    m.push(new Bytes(count, count, () => m.stream.readAt(at, count)))
  }
}

/** A string of Python 2, which may be text or bytes: short ones are taken for text. */
async function oldString(m: PickleMachine, count: number): Promise<void> {
  if (count > SHORT) return bytes(m, count)
  m.push(String.fromCharCode(...(await m.stream.take(count))))
}

function decoded(m: PickleMachine, encoded: Uint8Array): string {
  try {
    return text.decode(encoded)
  } catch {
    throw m.error('a text is not UTF-8')
  }
}

function recall(m: PickleMachine, index: number): void {
  const value = m.memo.get(index)
  if (value === undefined) throw m.error(`the pickle recalls value ${index}, which it has not kept`)
  m.push(value)
}

function append(m: PickleMachine, items: readonly PickleValue[], fresh?: List): void {
  if (fresh) m.push(fresh)
  const list = m.top()
  if (!(list instanceof List)) throw m.error('the pickle appends to what is no list')
  for (const item of items) list.items.push(item)
}

function setItems(m: PickleMachine, flat: readonly PickleValue[], fresh?: Dict): void {
  if (fresh) m.push(fresh)
  const dict = m.top()
  if (!(dict instanceof Dict)) throw m.error('the pickle sets items of what is no dict')
  if (flat.length % 2 > 0) throw m.error('the pickle sets a key without a value')
  for (let i = 0; i < flat.length; i += 2) dict.entries.set(flat[i], flat[i + 1])
}

function addItems(m: PickleMachine, items: readonly PickleValue[], fresh?: Members): void {
  if (fresh) m.push(fresh)
  const set = m.top()
  if (!(set instanceof Members)) throw m.error('the pickle adds to what is no set')
  for (const item of items) set.items.add(item)
}

async function global(m: PickleMachine): Promise<void> {
  const module = await line(m)
  named(m, module, await line(m))
}

/** A name in UTF-8 up to the end of its line. */
async function line(m: PickleMachine): Promise<string> {
  const characters: number[] = []
  for (;;) {
    if (!m.stream.has(1)) await m.stream.refill()
    const character = m.stream.u8()
    if (character === NEWLINE) return decoded(m, Uint8Array.from(characters))
    if (characters.push(character) > LONGEST_NAME) throw m.error('a name is too long')
  }
}

function stackGlobal(m: PickleMachine): void {
  const [name, module] = [m.pop(), m.pop()]
  if (typeof name !== 'string' || typeof module !== 'string')
    throw m.error('the pickle asks for a name that is no text')
  named(m, module, name)
}

function named(m: PickleMachine, module: string, name: string): void {
  const found = m.rules.find(module, name)
  if (found === undefined) throw refusal(m, `${module}.${name}`)
  m.push(found)
}

function call(m: PickleMachine, args: PickleValue): void {
  const callee = m.pop()
  if (!(callee instanceof Rebuild)) throw m.error('the pickle calls what is no function')
  if (!Array.isArray(args)) throw m.error('the pickle calls a function without a tuple', { got: callee.name })
  m.push(callee.call(args, m))
}

function newObjectWithKeywords(m: PickleMachine): void {
  const keywords = m.pop()
  if (!(keywords instanceof Dict) || keywords.entries.size > 0)
    throw m.error('the pickle makes an object with keywords, which no weights need')
  call(m, m.pop())
}

function build(m: PickleMachine): void {
  const state = m.pop()
  const object = m.top()
  if (object instanceof Restorable) object.restore(state, m)
  // Attributes of an `OrderedDict`: versions of modules, which say nothing about the weights.
  else if (!(object instanceof Dict)) throw m.error('the pickle sets the state of what has none')
}

function persistentId(m: PickleMachine): void {
  const id = m.pop()
  if (!m.rules.persistent) throw m.error('the pickle asks for something outside of it')
  m.push(m.rules.persistent(id, m))
}
