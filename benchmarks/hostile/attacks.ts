import { random } from '../../src/tensor/random.ts'
import { ADDRESSES } from './addresses.ts'
import { FORMS } from './forms.ts'
import { PICTURES } from './pictures.ts'
import { PROTOCOL } from './protocol.ts'
import { TENSORS } from './tensors.ts'
import { type Attack, statusesOf } from './wire.ts'

const KINDS = [...FORMS, ...PICTURES, ...ADDRESSES, ...PROTOCOL, ...TENSORS]
export const KIND_COUNT = KINDS.length

/** The attack of a number, always the same; each kind in turn. */
export function attack(number: number): Attack {
  return KINDS[number % KINDS.length](random(number))
}

export interface Outcome {
  readonly attack: Attack
  readonly statuses: readonly number[]
}

/** A single answer, of a status that is right. */
export function isRight({ attack: { expected }, statuses }: Outcome): boolean {
  return statuses.length === 1 && expected.includes(statuses[0])
}

export async function tryAttack(url: string, made: Attack): Promise<Outcome> {
  return { attack: made, statuses: await statusesOf(url, made) }
}
