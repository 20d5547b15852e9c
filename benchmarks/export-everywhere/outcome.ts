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

/** Outputs in pixels: to 1e-4, or to two steps of float32 at the image's longer side where that is more. */
const IN_PIXELS: ReadonlySet<string> = new Set(['boxes', 'keypoints'])
const PIXELS = 1e-4
const STEPS = 2
const OTHERS = 1e-5
/** A box that differs by a step of float32 has other masks: in these networks by up to 9e-5. */
const MASKS = 1e-4

function allowedOf(output: string, side: number): number {
  if (output === 'masks') return MASKS
  return IN_PIXELS.has(output) ? Math.max(PIXELS, STEPS * float32Step(side)) : OTHERS
}

/** How far the next number of float32 is from one of this size. */
function float32Step(size: number): number {
  return 2 ** (Math.floor(Math.log2(size)) - 23)
}

/**
 * The largest difference of each output over images of which the longest side is `side`; infinite where shapes differ or an output
 * is missing.
 */
export function differences(
  found: Outcome,
  expected: Outcome,
  side: number,
): ReadonlyMap<string, Difference> {
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
          if (!(error <= difference)) difference = Number.isNaN(error) ? Infinity : error
          if (!(error <= allowedOf(name, side))) isTooFar = true
        }
      }
      most.set(name, { difference, isTooFar })
    }
  }
  return most
}
