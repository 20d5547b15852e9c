/** All bodies by name: what a configuration may name and what is built of it follow from one table. */
import { z } from 'zod'
import type { Body, BodyFamily } from './body.ts'
import { EFFICIENTNETS_LITE } from './efficientnet-lite.ts'
import { MOBILENETS_V2 } from './mobilenet-v2.ts'
import { MOBILENETS_V3 } from './mobilenet-v3.ts'
import { RESNETS } from './resnet.ts'
import { VOVNETS } from './vovnet.ts'

/** A new family is its file and a line here. */
const FAMILIES = [RESNETS, VOVNETS, MOBILENETS_V2, MOBILENETS_V3, EFFICIENTNETS_LITE] as const

type ConfigOf<F> = F extends BodyFamily<infer C> ? C : never

export type BodyConfig = ConfigOf<(typeof FAMILIES)[number]>

const [first, ...rest] = FAMILIES.map(({ schema }) => schema)
export const BODY_SCHEMA = z.discriminatedUnion('name', [first, ...rest]) as unknown as z.ZodType<BodyConfig>

export const BODY_NAMES: readonly string[] = FAMILIES.flatMap(({ names }) => names as readonly string[])

/** Epsilon of the norms that published weights of a body were trained with; undefined where it is the usual one. */
export function ownEpsilon(name: unknown): number | undefined {
  return FAMILIES.map((family): BodyFamily<BodyConfig> => family as unknown as BodyFamily<BodyConfig>).find(
    ({ names }) => (names as readonly unknown[]).includes(name),
  )?.epsilon
}

/** The body of a configuration that `BODY_SCHEMA` took. Throws `ConfigError` for settings that do not go together. */
export function bodyOf(config: BodyConfig): Body {
  const family = FAMILIES.find(({ names }) => (names as readonly string[]).includes(config.name))
  return (family as unknown as BodyFamily<BodyConfig>).make(config)
}
