import { expect, it } from 'vitest'
import { roughDuration, timeLeft } from './time-left.ts'

it('is the mean step times the steps to come, without the first, and the evaluations to come', () => {
  const left = timeLeft(100, 40)
  left.stepped(9000)
  for (const time of [100, 200, 300]) left.stepped(time)
  expect(left.after(4)).toBe(undefined)
  left.stepped(400)
  // 95 steps of 250 ms; the first evaluation has not been timed.
  expect(left.after(5)).toBe(95 * 250)
  left.evaluated(7000)
  // After 40, at 80 and at the end.
  expect(left.after(5)).toBe(95 * 250 + 3 * 7000)
  expect(left.after(40)).toBe(60 * 250 + 2 * 7000)
  expect(left.after(100)).toBe(0)
})

it('counts an evaluation that falls on the last step once, and none where nothing is evaluated', () => {
  for (const [every, evaluations] of [
    [50, 2],
    [100, 1],
    [1000, 1],
    [undefined, 0],
  ] as const) {
    const left = timeLeft(100, every)
    for (let i = 0; i < 5; i++) left.stepped(0)
    left.evaluated(1000)
    expect(left.after(5), `${every}`).toBe(evaluations * 1000)
  }
})

it('forgets steps of long ago', () => {
  const left = timeLeft(1000, undefined)
  for (let i = 0; i < 60; i++) left.stepped(1000)
  for (let i = 0; i < 50; i++) left.stepped(10)
  expect(left.after(900)).toBe(1000)
})

it.each([
  [0, '1 s'],
  [7400, '7 s'],
  [43_000, '40 s'],
  [95_000, '2 min'],
  [12.4 * 60_000, '12 min'],
  [200 * 60_000, '3 h 20 min'],
  [178 * 60_000, '3 h'],
])('%d ms are %s', (milliseconds, text) => {
  expect(roughDuration(milliseconds)).toBe(text)
})
