import type { Point } from '../../../../src/train/training-state.ts'
import { TEXTS } from '../texts.ts'

interface Props {
  readonly title: string
  readonly points: readonly Point[]
  /** Of the steps, where it is known how many there will be. */
  readonly steps?: number
  /** Upper end of the values; default: the largest. */
  readonly most?: number
}

const [WIDTH, HEIGHT] = [240, 72]

/** A value by steps, from zero up; in words for those who do not see it. */
export function Curve({ title, points, steps, most }: Props) {
  const last = points.at(-1)
  const first = points[0]
  if (!last || !first) return null
  const values = points.map(([, value]) => value)
  const top = most ?? Math.max(...values, Number.MIN_VALUE)
  const end = Math.max(steps ?? 0, last[0], 1)
  const at = ([step, value]: Point) =>
    `${((step / end) * WIDTH).toFixed(1)} ${(HEIGHT * (1 - Math.min(1, value / top))).toFixed(1)}`
  return (
    <figure class="curve">
      <figcaption>
        {title} <output>{last[1].toFixed(3)}</output>
      </figcaption>
      <svg
        viewBox={`-3 -3 ${WIDTH + 6} ${HEIGHT + 6}`}
        role="img"
        aria-label={TEXTS.training.curve(title, first, last, points.length)}
      >
        <path class="axes" d={`M0 0V${HEIGHT}H${WIDTH}`} />
        {points.length > 1 ? (
          <path class="line" d={`M${points.map(at).join('L')}`} />
        ) : (
          <path class="line dot" d={`M${at(first)}h0`} />
        )}
      </svg>
    </figure>
  )
}
