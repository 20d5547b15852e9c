/**
 * How an image lies after turns and mirrors, a number of 0 (as it came) to 7: 1 turned counter-clockwise by a right angle, and then
 * 2 mirrored left and right, 4 mirrored top and bottom. What turns and mirrors make of one image is one of these eight.
 */
export type Orientation = number

const [TURNED, MIRRORED, FLIPPED] = [1, 2, 4]

export function mirrored(orientation: Orientation = 0): Orientation {
  return orientation ^ MIRRORED
}

export function flipped(orientation: Orientation = 0): Orientation {
  return orientation ^ FLIPPED
}

/** After so many right angles more. A mirror before a quarter turn is the other mirror after it, and half a turn is both mirrors. */
export function turned(orientation: Orientation = 0, turns: number): Orientation {
  let result = orientation
  for (let i = 0; i < turns; i++) {
    const mirrors = (result & MIRRORED ? FLIPPED : 0) | (result & FLIPPED ? MIRRORED : 0)
    result = result & TURNED ? mirrors ^ (MIRRORED | FLIPPED) : mirrors | TURNED
  }
  return result
}
