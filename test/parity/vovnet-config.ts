import type { BodyConfig } from '../../src/models/bodies/bodies.ts'
import { BATCH_NORM, FROZEN_BATCH_NORM } from '../../src/nn/norm.ts'
import { UnsupportedCase } from './comparison.ts'

const NORMS: Readonly<Record<string, typeof BATCH_NORM>> = { FrozenBN: FROZEN_BATCH_NORM, BN: BATCH_NORM }

/** Our body for a recorded one, such as `V-19-slim-dw-eSE` with norms `FrozenBN`. */
export function vovnetConfig(body: string, norm: string): BodyConfig {
  const [, layers] = /^V-(.*)-eSE$/.exec(body) ?? []
  if (layers === undefined || !Object.hasOwn(NORMS, norm))
    throw new UnsupportedCase(`the body ${body}, ${norm}`)
  const name = `vovnet${layers.replaceAll('-', '_')}`
  return { name, norm: NORMS[norm] } as BodyConfig
}
