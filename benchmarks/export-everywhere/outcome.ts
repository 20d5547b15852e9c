/** What a runtime says of images, and how far it is from what is expected. */

/** Outputs of one image by name. */
export type Run = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
>

/** Image by image. */
export type Outcome = readonly Run[]

export interface Difference {
  readonly difference: number
  readonly isTooFar: boolean
}

/** Outputs in pixels, which may differ by more than probabilities do. */
const IN_PIXELS: ReadonlySet<string> = new Set(['boxes', 'keypoints'])
const PIXELS = 1e-4
const OTHERS = 1e-5
/** What float32 can tell apart beside a number, as a part of it. */
const FLOAT32_STEP = 2 ** -23

/** The largest difference of each output over all images; infinite where shapes differ or an output is missing. */
export function differences(found: Outcome, expected: Outcome): ReadonlyMap<string, Difference> {
  const most = new Map<string, Difference>()
  for (const [i, run] of expected.entries()) {
    for (const [name, { shape, data }] of Object.entries(run)) {
      const got = found[i]?.[name]
      const isSameShape = got !== undefined && `${got.shape}` === `${shape}`
      let { difference, isTooFar } = most.get(name) ?? { difference: 0, isTooFar: false }
      if (!isSameShape) [difference, isTooFar] = [Infinity, true]
      else {
        for (const [at, value] of data.entries()) {
          const error = Math.abs(value - got.data[at])
          const allowed = IN_PIXELS.has(name) ? Math.max(PIXELS, Math.abs(value) * FLOAT32_STEP) : OTHERS
          if (!(error <= difference)) difference = Number.isNaN(error) ? Infinity : error
          if (!(error <= allowed)) isTooFar = true
        }
      }
      most.set(name, { difference, isTooFar })
    }
  }
  return most
}
