/** Where something is along one axis and how fast it goes, with the covariance of both. */
export interface Motion {
  readonly position: number
  /** A step. */
  readonly velocity: number
  /** Variances of both, and their covariance. */
  readonly positionVariance: number
  readonly velocityVariance: number
  readonly covariance: number
}

/**
 * Standard deviations as shares of the object's size: of places, DeepSORT's, which ByteTrack keeps; of what a velocity changes by in a
 * frame, twice theirs (1 / 160), since frames may be left out.
 */
const [POSITION_SHARE, VELOCITY_SHARE] = [1 / 20, 1 / 80]
/** Of the velocity of what was never seen before. */
const FIRST_VELOCITY_SHARE = 1 / 16

/** At rest, and unsure of it as ByteTrack's new tracks are. */
export function startMotion(position: number, size: number): Motion {
  return {
    position,
    velocity: 0,
    positionVariance: (2 * POSITION_SHARE * size) ** 2,
    velocityVariance: (FIRST_VELOCITY_SHARE * size) ** 2,
    covariance: 0,
  }
}

/** One step on at the same velocity: a Kalman filter's prediction. */
export function movedOn(motion: Motion, size: number): Motion {
  const { position, velocity, positionVariance, velocityVariance, covariance } = motion
  return {
    position: position + velocity,
    velocity,
    positionVariance: positionVariance + 2 * covariance + velocityVariance + (POSITION_SHARE * size) ** 2,
    velocityVariance: velocityVariance + (VELOCITY_SHARE * size) ** 2,
    covariance: covariance + velocityVariance,
  }
}

/** After it was seen at `position`: the filter's correction. */
export function seenAt(motion: Motion, position: number, size: number): Motion {
  const { positionVariance, velocityVariance, covariance } = motion
  const total = positionVariance + (POSITION_SHARE * size) ** 2
  const [gain, velocityGain] = [positionVariance / total, covariance / total]
  const surprise = position - motion.position
  return {
    position: motion.position + gain * surprise,
    velocity: motion.velocity + velocityGain * surprise,
    positionVariance: (1 - gain) * positionVariance,
    velocityVariance: velocityVariance - velocityGain * covariance,
    covariance: (1 - gain) * covariance,
  }
}
