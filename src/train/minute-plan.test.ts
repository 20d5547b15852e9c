import { describe, expect, it } from 'vitest'
import { paceKeeper, planMinutes } from './minute-plan.ts'

const MINUTE = 60_000
const pace = { opening: 5000, step: 1000, evaluation: 1000, image: 250 }

describe('a plan for some minutes', () => {
  it('fills the time with steps, but for evaluations and the end', () => {
    // An evaluation of 4 images takes 2 s. Of 600 s: 5 to open, three evaluations between, two and 3 s at the end, 12 s of slack.
    expect(planMinutes(10 * MINUTE, pace, 4)).toEqual({
      ...{ steps: 600 - 5 - 6 - 4 - 3 - 12, evaluateEvery: 143, evaluation: 2000, after: 7000 },
    })
  })

  it('looks at fewer images where all would take too long', () => {
    // 8 % of 600 s are 48 s: 1 to open, and 188 images.
    const plan = planMinutes(10 * MINUTE, pace, 5000)
    expect(plan).toMatchObject({ valImages: 188, evaluation: 48_000 })
    // 5 to open, none between, 96 and 3 at the end, 12 of slack.
    expect([plan.steps, plan.evaluateEvery]).toEqual([484, 484])
  })

  it('needs no evaluation where there are no images for one', () => {
    expect(planMinutes(MINUTE, pace, 0)).toEqual({
      ...{ steps: 50, evaluateEvery: 50, evaluation: 0, after: 3000 },
    })
  })

  it('refuses a time too short to learn', () => {
    expect(() => planMinutes(20_000, pace, 4)).toThrow(
      /--minutes: too little time for a training; expected at least \d: a step takes 1 s here.*got time for \d steps/,
    )
  })
})

describe('the pace of a training', () => {
  /** Takes steps of so many milliseconds until they are planned anew; what was planned, and after which step. */
  function taken(milliseconds: number, { steps = 1000, total = 1000_000 } = {}) {
    let clock = 0
    const plan = { steps, evaluateEvery: steps, evaluation: 0 }
    const keeper = paceKeeper(plan, { total, endsAt: total, now: () => clock })
    for (let step = 1; step <= steps; step++) {
      clock += milliseconds
      const anew = keeper.stepped(step, milliseconds)
      if (anew !== undefined) return { step, anew }
    }
    return undefined
  }

  it('is left alone where it is what was planned, or nearly', () => {
    expect(taken(1000)).toBeUndefined()
    expect(taken(1040)).toBeUndefined()
    // At its last step a training is over, however early.
    expect(taken(500, { steps: 240 })).toBeUndefined()
  })

  it('brings fewer steps on a machine that became slow, and more on one that is idle', () => {
    // After 12 % of the time, 60 steps: 880 s are left for steps of 2 s.
    expect(taken(2000)).toEqual({ step: 60, anew: 500 })
    // After 240 steps, 880 s for steps of half a second.
    expect(taken(500)).toEqual({ step: 240, anew: 2000 })
  })
})
