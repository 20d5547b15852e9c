import { describe, expect, it } from 'vitest'
import { ahead } from './ahead.ts'

const settled = () => new Promise((resolve) => setTimeout(resolve))

/** Makes what it is told to when it is told to. */
function maker() {
  const begun: number[] = []
  const finish = new Map<number, (error?: Error) => void>()
  const make = (item: number) => {
    begun.push(item)
    return new Promise<string>((resolve, reject) => {
      finish.set(item, (error) => (error ? reject(error) : resolve(`made ${item}`)))
    })
  }
  return { begun, finish, make }
}

describe('ahead', () => {
  it('hands out in the order of the items what is made in any other, and never makes more than asked for', async () => {
    const { begun, finish, make } = maker()
    const made = ahead([0, 1, 2, 3, 4], make, 2)
    const first = made.next()
    await settled()
    expect(begun).toEqual([0, 1])
    finish.get(1)?.()
    await settled()
    // The second one waits for the first, and takes the place of one.
    expect(begun).toEqual([0, 1])
    finish.get(0)?.()
    expect(await first).toMatchObject({ value: { item: 0, index: 0, made: 'made 0' } })
    expect(await made.next()).toMatchObject({ value: { item: 1, index: 1, made: 'made 1' } })
    await settled()
    expect(begun).toEqual([0, 1, 2, 3])
    const ended = made.return()
    await settled()
    finish.get(2)?.()
    finish.get(3)?.()
    await ended
    expect(begun).toEqual([0, 1, 2, 3])
  })

  it('takes items one by one, though they are made at once', async () => {
    let taking = 0
    const items = async function* () {
      for (let i = 0; i < 4; i++) {
        expect(++taking).toBe(1)
        await settled()
        taking--
        yield i
      }
    }
    const found: number[] = []
    for await (const { made } of ahead(items(), async (item) => item, 3)) found.push(made)
    expect(found).toEqual([0, 1, 2, 3])
  })

  it('tells a failure in its turn, begins nothing after it, and waits for what was begun', async () => {
    const { begun, finish, make } = maker()
    const made = ahead([0, 1, 2, 3, 4, 5], make, 3)
    const first = made.next()
    await settled()
    finish.get(1)?.(new Error('item 1'))
    finish.get(0)?.()
    expect(await first).toMatchObject({ value: { made: 'made 0' } })
    let isTold = false
    const second = made.next().catch((error) => {
      isTold = true
      return error.message
    })
    await settled()
    // The third is still in the making.
    expect([begun, isTold]).toEqual([[0, 1, 2], false])
    finish.get(2)?.()
    expect(await second).toBe('item 1')
    expect(begun).toEqual([0, 1, 2])
  })
})
