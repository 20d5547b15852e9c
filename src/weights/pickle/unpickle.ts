import { PickleMachine, type PickleRules } from './machine.ts'
import { OPCODES } from './opcodes.ts'
import type { PickleStream } from './pickle-stream.ts'
import type { PickleValue } from './values.ts'

/** Bytes of the longest operation that is not counted, its argument included. */
const LONGEST = 9

/**
 * The value of the pickle that begins at the stream's position, which is then behind it. Nothing is executed: a pickle is a program,
 * and this interprets the part of it that makes data, with a closed list of names. Throws `WeightError` naming the place for any
 * other name or operation, and for a pickle that is damaged.
 */
export async function unpickle(stream: PickleStream, rules: PickleRules): Promise<PickleValue> {
  const machine = new PickleMachine(stream, rules)
  for (;;) {
    if (!stream.has(LONGEST)) await stream.refill()
    const code = machine.next()
    const opcode = OPCODES.get(code)
    if (opcode === 'stop') return machine.pop()
    if (opcode === undefined) {
      throw machine.error('the pickle has an operation that is not read', {
        expected: 'one of protocol 2 to 5 that makes data',
        got: `0x${code.toString(16).padStart(2, '0')}`,
      })
    }
    const pending = opcode(machine)
    if (pending) await pending
  }
}
