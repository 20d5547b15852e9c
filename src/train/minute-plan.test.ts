import { describe, expect, it } from 'vitest'
import { paceKeeper, planMinutes } from './minute-plan.ts'

const MINUTE = 60_000
const pace = { opening: 5000, step: 1000, evaluation: 1000, image: 250 }

describe('a plan for some minutes', () => {
  it('fills the time with steps, but for evaluations and the end', () => {
    // An evaluation of 4 images takes 2 s. Of 600 s: 5 to open, three evaluations between, two and 3 s at the end, 12 s of slack.
    expect(planMinutes(10 * MINUTE, pace, 4)).toEqual({
      ...{ steps: 600 - 5 - 6 - 4 - 3 - 12, evaluateEvery: 143, evaluation: 2000, after: 7000 },
      ...{ opening: 5000, step: 1000 },
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
      ...{ steps: 50, evaluateEvery: 50, evaluation: 0, after: 3000, opening: 5000, step: 1000 },
    })
  })

  it('refuses a time too short to learn', () => {
    expect(() => planMinutes(20_000, pace, 4)).toThrow(
      /--minutes: too little time for a training; expected at least \d: a step takes 1 s here.*got time for \d steps/,
    )
  })
})

describe('the pace of a training', () => {
  type Step = (clock: number) => number

  /** Takes steps that take so long, by the time that is gone, until they are planned anew: what was planned, when and after which step. */
  function taken(
    milliseconds: Step,
    {
      steps = 1000,
      total = 1000_000,
      begun = 0,
      parts = { opening: 0, after: 0, evaluation: 0, evaluateEvery: 10_000 },
    } = {},
  ) {
    let clock = begun
    const keeper = paceKeeper({ steps, step: 1000, ...parts }, { total, endsAt: total, now: () => clock })
    for (let step = 1; step <= steps; step++) {
      const took = milliseconds(clock)
      clock += took
      const anew = keeper.stepped(step, took)
      if (anew !== undefined) return { step, anew, clock }
    }
    return undefined
  }

  it('is left alone where it is what was planned, or nearly', () => {
    expect(taken(() => 1000)).toBeUndefined()
    // 40 s late of 1000: the last steps are left out, and no new plan is made.
    expect(taken(() => 1040)).toEqual({ step: 961, anew: 961, clock: 961 * 1040 })
    // At its last step a training is over, however early.
    expect(taken(() => 500, { steps: 240 })).toBeUndefined()
  })

  it('brings fewer steps on a machine that became slow, and more on one that is idle', () => {
    // After 12 % of the time, 60 steps: 880 s are left for steps of 2 s.
    expect(taken(() => 2000)).toMatchObject({ step: 60, anew: 500 })
    // After 240 steps, 880 s for steps of half a second.
    expect(taken(() => 500)).toMatchObject({ step: 240, anew: 2000 })
  })

  it('is watched to the end: the sooner, the less time is left', () => {
    // A plan made after 900 of 1000 s for the 100 s that are left, in steps of 1 s that take 5: 20 of them are judged by then.
    expect(taken(() => 5000, { steps: 100, begun: 900_000 })).toMatchObject({ step: 20, clock: 1000_000 })
    // In steps of 2 s: half of what is left is over after 25 steps with 50 s left, and 25 more fit. 50 s late is not less than 5 %.
    const busy = taken(() => 2000, { steps: 100, begun: 900_000 })
    expect(busy).toMatchObject({ step: 20, anew: 50 })
  })

  it('ends at once where the time is over, with what comes after the last step as slow as steps became', () => {
    // 20 steps of 1 s to 940 s, then of 2 s. After 13 of these 34 s are left, and by a mean of 1.65 s the end takes 33 of them: not
    // enough for one more step. After 12 it was: 36 s, and 32.
    const parts = { opening: 5000, after: 20_000, evaluation: 0, evaluateEvery: 60 }
    const end = taken((clock) => (clock < 940_000 ? 1000 : 2000), { steps: 60, begun: 920_000, parts })
    expect(end).toEqual({ step: 33, anew: 33, clock: 966_000 })
  })

  it('keeps to its time however the load rises, in as few plans as halvings of what is left', () => {
    // A step takes 1 s, and from 70 % of the time on 1 s more with every 3 % of it.
    const slow: Step = (clock) => 1000 + 1000 * Math.floor(Math.max(0, clock - 700_000) / 30_000)
    let [clock, gone, plans] = [0, 0, 0]
    for (let steps = 1000; gone < steps; plans++) {
      const end = taken(slow, { steps: steps - gone, begun: clock })
      if (!end) break
      clock = end.clock
      gone += end.step
      steps = gone - end.step + end.anew
    }
    expect(clock).toBeGreaterThan(940_000)
    expect(clock).toBeLessThan(1010_000)
    expect(plans).toBeLessThan(10)
  })
})
