import fc from 'fast-check'
import { expect, it } from 'vitest'
import { begun, changed, redone, undone } from './history.ts'

it('goes back and forth, and forgets what was undone at a change', () => {
  const two = changed(changed(begun('a'), 'b'), 'c')
  expect(undone(two).now).toBe('b')
  expect(undone(undone(undone(two))).now).toBe('a')
  expect(redone(undone(two)).now).toBe('c')
  const other = changed(undone(two), 'd')
  expect(redone(other).now).toBe('d')
  expect(undone(undone(other)).now).toBe('a')
})

it('is where it was after as many steps back and forth', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 30 }), fc.nat(40), (states, back) => {
      let history = states.slice(1).reduce((now, next) => changed(now, next), begun(states[0]))
      const steps = Math.min(back, states.length - 1)
      for (let i = 0; i < steps; i++) history = undone(history)
      expect(history.now).toBe(states[states.length - 1 - steps])
      for (let i = 0; i < steps; i++) history = redone(history)
      expect(history.now).toBe(states[states.length - 1])
    }),
  )
})
