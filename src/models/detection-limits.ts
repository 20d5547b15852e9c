import { ConfigError } from '../errors.ts'
import { limitsOf, type ModelConfig, withLimits } from './catalogue.ts'

/** The most a model gives in one view of a picture; more proposals than these need gigabytes. */
const MOST_DETECTIONS = 4000
/** Several proposals are about one object, so there must be more of them than detections; of candidates there are more still. */
const PROPOSALS_EACH = 2.5
const CANDIDATES_EACH = 5

/**
 * The same model with room for `max` detections, and for the proposals or candidates that these need; its own limits stay where they are
 * larger. More than 4000 in one view are not made room for. Throws `ConfigError` for what is no count.
 */
export function withRoomFor<C extends ModelConfig>(config: C, max: number | undefined): C {
  if (max === undefined) return config
  if (!(Number.isInteger(max) && max >= 1)) {
    throw new ConfigError('option is wrong', {
      where: 'max',
      expected: 'a whole number of at least 1',
      got: `${max}`,
    })
  }
  const { detections, proposals, candidates } = limitsOf(config)
  if (max <= detections) return config
  const wanted = Math.max(detections, Math.min(max, MOST_DETECTIONS))
  const room = (limit: number | undefined, each: number) => limit && Math.max(limit, Math.ceil(wanted * each))
  return withLimits(config, {
    detections: wanted,
    proposals: room(proposals, PROPOSALS_EACH),
    candidates: room(candidates, CANDIDATES_EACH),
  })
}
