import { expect, it } from 'vitest'
import { createSession } from '../node/session.ts'
import type { SessionOptions } from './session.ts'

it.each([
  ['worker', 'yes', 'worker: option is wrong; expected true, false or a whole number, got string yes'],
  ['worker', null, 'worker: option is wrong; expected true, false or a whole number, got object null'],
  ['planMemory', 'no', 'planMemory: option is wrong; expected true or false, got string no'],
  ['searchMemory', 'no', 'searchMemory: option is wrong; expected true or false, got string no'],
  ['profile', 1, 'profile: option is wrong; expected true or false, got number 1'],
])('a session refuses %s: %j', async (name, value, message) => {
  const options = { [name]: value } as SessionOptions
  await expect(createSession(new Uint8Array(), options)).rejects.toThrow(message)
})
