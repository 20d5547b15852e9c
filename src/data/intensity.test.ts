import { describe, expect, it } from 'vitest'
import { random as seededRandom } from '../tensor/random.ts'
import { eightBitSteps } from './eight-bit-steps.ts'
import { intensityRange, shownNote, shownRgb } from './intensity.ts'
import type { SampleArray, Samples } from './samples.ts'

const SIDE = 64

/** A dark ground of 8 bits with noise and a bright square of 20 x 20 pixels; values 3 to 180. */
function micrograph(): Uint8Array {
  const random = seededRandom(7)
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)]
    const inside = x >= 10 && x < 30 && y >= 20 && y < 40
    return (inside ? 120 : 3) + random.integer(inside ? 61 : 12)
  })
}

function grey(data: SampleArray): Samples {
  return { data, width: SIDE, height: SIDE, channels: 1 }
}

function shown(samples: Samples): number[] {
  const rgb = shownRgb(samples, intensityRange(samples))
  return Array.from({ length: rgb.length / 3 }, (_, i) => rgb[3 * i])
}

describe('a picture of 8 bits in a wider type', () => {
  const bytes = micrograph()
  const from = (make: (value: number) => number) => Array.from(bytes, make)

  it.each([
    ['all of 16 bits', Uint16Array.from(from((v) => v * 257))],
    ['12 bits in 16', Uint16Array.from(from((v) => v * 16))],
    ['12 bits, rounded', Uint16Array.from(from((v) => Math.round((v * 4095) / 255)))],
    ['12 bits, cut off', Uint16Array.from(from((v) => Math.floor((v * 4095) / 255)))],
    ['16 bits that hold bytes', Uint16Array.from(bytes)],
    ['32 bits', Uint32Array.from(from((v) => v * 70_000))],
    ['floats to 1', Float32Array.from(from((v) => v / 255))],
    ['floats to 255', Float32Array.from(bytes)],
    ['doubles to 1', Float64Array.from(from((v) => v / 255))],
  ])('is shown as it was: %s', (_, data) => {
    expect(shown(grey(data))).toEqual([...bytes])
  })

  it.each([
    ['dim', Uint16Array.from(from((v) => Math.round(100 + (v * 700) / 255)))],
    ['signed', Int16Array.from(from((v) => v * 7 - 900))],
    ['floats of any range', Float32Array.from(from((v) => v * 37.3 - 1000))],
  ])('is shown with its darkest value black where zero tells nothing: %s', (_, data) => {
    expect(shown(grey(data))).toEqual(from((v) => v - 3))
  })

  it('is shown upright where white is zero', () => {
    const data = Uint16Array.from(from((v) => (255 - v) * 257))
    expect(shown({ ...grey(data), isInverted: true })).toEqual([...bytes])
  })
})

describe('the range of other pictures', () => {
  const random = seededRandom(3)
  const deep = Float32Array.from(micrograph(), (v) => 100 + v * 2 + random.uniform())

  it('is that of all but a few pixels, whatever these are', () => {
    const samples = grey(deep)
    const range = intensityRange(samples)!
    expect(range[0]).toBeGreaterThan(105)
    expect(range[0]).toBeLessThan(125)
    expect(range[1]).toBeGreaterThan(340)
    expect(range[1]).toBeLessThan(462)
    const spoilt = Float32Array.from(deep)
    spoilt.set([Number.NaN, 1e9, Number.POSITIVE_INFINITY, -1e9], SIDE * 50)
    for (let i = 0; i < 30; i++) spoilt[i * 131 + 5] = 65535
    const [from, to] = intensityRange(grey(spoilt))!
    expect(from).toBeGreaterThan(105)
    expect(from).toBeLessThan(125)
    expect(to).toBeGreaterThan(340)
    expect(to).toBeLessThan(462)
  })

  it('holds a small bright object in a thousand times as much ground', () => {
    const sparse = Float64Array.from({ length: 400 * 400 }, () => random.uniform())
    for (let y = 0; y < 10; y++) for (let x = 0; x < 10; x++) sparse[(50 + y) * 400 + 70 + x] = 500
    const [from, to] = intensityRange({ data: sparse, width: 400, height: 400, channels: 1 })!
    expect([from >= 0, from < 1, to]).toEqual([true, true, 500])
  })

  it('is one for all channels', () => {
    const data = new Uint16Array(SIDE * SIDE * 3)
    for (let i = 0; i < SIDE * SIDE; i++) data.set([1000 + 3 * i, 1000, 9000], 3 * i)
    const rgb = shownRgb({ data, width: SIDE, height: SIDE, channels: 3 }, [1000, 13285])
    expect([...rgb.subarray(0, 3)]).toEqual([0, 0, 166])
    const range = intensityRange({ data, width: SIDE, height: SIDE, channels: 3 })!
    expect(range[0]).toBe(1000)
  })

  it('of a picture that shows nothing is not told, but that it shows nothing', () => {
    const note = (data: SampleArray) => shownNote(grey(data), intensityRange(grey(data)))
    expect(note(new Uint16Array(SIDE * SIDE))).toBe('16 bit, all of it is 0')
    expect(note(new Float32Array(SIDE * SIDE).fill(0.5).fill(Number.NaN, 0, 9))).toBe(
      '32 bit float, all of it is 0.5',
    )
    expect(note(new Float32Array(SIDE * SIDE).fill(Number.NaN))).toBe(
      '32 bit float, no value is a finite number',
    )
  })

  it('of a constant picture is black, and of nothing but NaN too', () => {
    const black = new Array(SIDE * SIDE).fill(0)
    expect(shown(grey(new Uint16Array(SIDE * SIDE).fill(700)))).toEqual(black)
    expect(shown(grey(new Float32Array(SIDE * SIDE).fill(Number.NaN)))).toEqual(black)
    expect(eightBitSteps(new Uint16Array(100).fill(700))).toBeUndefined()
  })

  it('is given, all of the type, or none of bytes', () => {
    const samples = grey(Uint16Array.from(micrograph()))
    expect(intensityRange(samples, 'full')).toEqual([0, 65535])
    expect(intensityRange(grey(new Int16Array(SIDE * SIDE)), 'full')).toEqual([-32768, 32767])
    expect(intensityRange(samples, [7, 90])).toEqual([7, 90])
    expect(intensityRange(grey(micrograph()))).toBeUndefined()
    // (v - 200) * 255 / (0 - 200): black and white may be exchanged.
    const bytes = { data: Uint8Array.of(0, 100, 200, 250), width: 2, height: 2, channels: 1 }
    expect([...shownRgb(bytes, [200, 0])].filter((_, i) => i % 3 === 0)).toEqual([255, 128, 0, 0])
  })

  it('is told, and so is a picture that stays nearly black', () => {
    const one = (data: SampleArray) => ({ data, width: 1, height: 1, channels: 1 })
    expect(shownNote(one(Uint16Array.of(7, 8)), [102, 4075])).toBe(
      '16 bit, 102 to 4075 shown as black to white',
    )
    expect(shownNote(one(Float32Array.of(7, 8)), [1, 0])).toBe('32 bit float, 1 to 0 shown as black to white')
    expect(shownNote(one(Uint8Array.of(20)), undefined)).toBe(
      'very dark: no value is above 20 of 255; --intensity 0:20 brightens it',
    )
    expect(shownNote(one(Uint8Array.of(41)), undefined)).toBeUndefined()
  })
})
