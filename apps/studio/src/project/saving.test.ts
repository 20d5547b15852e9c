import { expect, it } from 'vitest'
import { keptSaving } from './saving.ts'

const settle = () => new Promise((resolve) => setTimeout(resolve))

/** A store whose calls end as the test says. */
function setUp() {
  const calls: { key: string; value: number; resolve: () => void; reject: (error: Error) => void }[] = []
  const states: [boolean, string?][] = []
  const pauses: (() => void)[] = []
  const kept: [string, number | undefined][] = []
  const saving = keptSaving<string, number>({
    store: (key, value) => new Promise((resolve, reject) => calls.push({ key, value, resolve, reject })),
    onState: (isBehind, problem) => states.push([isBehind, problem]),
    onWaiting: (key, value) => kept.push([key, value]),
    pause: () => new Promise((resolve) => pauses.push(resolve)),
  })
  const called = () => calls.map(({ key, value }) => [key, value])
  return { calls, states, kept, pauses, saving, called }
}

it('stores one after the other, and of what changes meanwhile the newest', async () => {
  const { calls, states, kept, saving, called } = setUp()
  saving.save('a', 1)
  saving.save('a', 2)
  saving.save('a', 3)
  const newest = [
    ['a', 1],
    ['a', 2],
    ['a', 3],
  ]
  expect(kept).toEqual(newest)
  expect(called()).toEqual([['a', 1]])
  calls[0].resolve()
  await settle()
  expect(called()).toEqual([
    ['a', 1],
    ['a', 3],
  ])
  expect([saving.isBehind, kept]).toEqual([true, newest])
  calls[1].resolve()
  await settle()
  expect(kept).toEqual([...newest, ['a', undefined]])
  expect([saving.isBehind, states.at(-1)]).toEqual([false, [false, undefined]])
})

it('keeps what could not be stored, says why, lets others pass, and tries again', async () => {
  const { calls, states, pauses, saving, called } = setUp()
  saving.save('a', 1)
  saving.save('b', 5)
  calls[0].reject(new Error('disk full'))
  await settle()
  expect(states.at(-1)).toEqual([true, 'disk full'])
  expect(calls.length).toBe(1)
  pauses[0]()
  await settle()
  calls[1].resolve()
  await settle()
  calls[2].resolve()
  await settle()
  expect(called()).toEqual([
    ['a', 1],
    ['b', 5],
    ['a', 1],
  ])
  expect(saving.isBehind).toBe(false)
})
