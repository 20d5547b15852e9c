import type { Size } from '../../geometry/boxes.ts'
import type { Random } from '../../tensor/random.ts'
import type { Window } from './window.ts'

/** Rotation, scale, shear and translation about the middle of what is seen. Each is drawn uniformly from both sides of none. */
export interface AffineConfig {
  /** Degrees, either way. */
  readonly rotate: number
  /** Factors from 1 - scale to 1 + scale. */
  readonly scale: number
  /** Degrees by which vertical lines lean, either way. */
  readonly shear: number
  /** Parts of the width and of the height, either way. */
  readonly translate: number
}

export const AFFINE_DEFAULTS: AffineConfig = { rotate: 0, scale: 0, shear: 0, translate: 0 }

/** Takes the point (x, y) to (a x + b y + c, d x + e y + f), as [a, b, c, d, e, f], on the plane where pixel 0 spans [0, 1). */
export type Matrix = readonly [number, number, number, number, number, number]

/** One drawn change: degrees (counter-clockwise as seen), a factor, degrees, and pixels. */
export interface AffineChange {
  readonly rotate: number
  readonly scale: number
  readonly shear: number
  readonly translate: readonly [number, number]
}

export function drawAffine(config: AffineConfig, { width, height }: Size, random: Random): AffineChange {
  const within = (most: number) => (2 * random.uniform() - 1) * most
  return {
    rotate: within(config.rotate),
    scale: 1 + within(config.scale),
    shear: within(config.shear),
    translate: [within(config.translate) * width, within(config.translate) * height],
  }
}

/**
 * From an image of `own` size, resized to `size`, changed about the middle of the window, to the window: scaled, sheared, turned and
 * moved in this order.
 */
export function affineMatrix(change: AffineChange, own: Size, size: Size, window: Window): Matrix {
  const { scale, shear, rotate, translate } = change
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const [cos, sin, lean] = [Math.cos(radians(rotate)), Math.sin(radians(rotate)), Math.tan(radians(shear))]
  const middle = [window.x + window.width / 2, window.y + window.height / 2]
  const resized: Matrix = [size.width / own.width, 0, -middle[0], 0, size.height / own.height, -middle[1]]
  const sheared: Matrix = [scale, scale * lean, 0, 0, scale, 0]
  // The rows of an image go down, so this turns against the clock as seen.
  const [right, down] = [window.width / 2 + translate[0], window.height / 2 + translate[1]]
  const turned: Matrix = [cos, sin, right, -sin, cos, down]
  return product(turned, product(sheared, resized))
}

/** The matrix of `first`, and `then` of what comes out. */
function product(then: Matrix, first: Matrix): Matrix {
  const [a, b, c, d, e, f] = then
  const [p, q, r, s, t, u] = first
  return [a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f]
}

/** Factor by which areas grow. */
export function determinant([a, b, , d, e]: Matrix): number {
  return a * e - b * d
}

export function inverse(matrix: Matrix): Matrix {
  const [a, b, c, d, e, f] = matrix
  const n = determinant(matrix)
  return [e / n, -b / n, (b * f - c * e) / n, -d / n, a / n, (c * d - a * f) / n]
}

export function transformed([a, b, c, d, e, f]: Matrix, x: number, y: number): readonly [number, number] {
  return [a * x + b * y + c, d * x + e * y + f]
}
