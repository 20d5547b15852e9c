import type { ModelFacts } from '../models/runnable-model.ts'
import type { KeptGraphs } from '../runtime/kept-graphs.ts'
import type { CreateSession, Session, SessionOptions } from '../runtime/session.ts'

/** What of a platform opens models. */
export interface ModelOpener {
  readonly createSession: CreateSession
  /** Whether its sessions take `files`; otherwise weights are copied into graphs. */
  readonly takesFiles?: boolean
  /** Graphs of models that were opened before. */
  readonly keptGraphs?: KeptGraphs
  /** A model that is open already, and taken instead of what its bytes say. */
  readonly opened?: OpenedModel
}

export interface OpenedModel extends ModelFacts {
  readonly session: Session
}

/**
 * A session of the bytes of a model, with room for `max` instances. Where the platform has kept its graph neither weights nor
 * graph are made, nor is the code read that makes them. Throws as `runnableModel` and `createSession` do.
 */
export async function openModel(
  platform: ModelOpener,
  bytes: Uint8Array,
  where: string,
  max: number | undefined,
  options: SessionOptions,
): Promise<OpenedModel> {
  if (platform.opened) return platform.opened
  const place = await platform.keptGraphs?.placeOf(bytes, `max ${max}`, options.device)
  const kept = place && (await openKept(platform, place, options))
  if (kept) return kept
  const { factsOf, runnableModel } = await import('../models/runnable-model.ts')
  const model = runnableModel(bytes, where, { max, isApart: platform.takesFiles })
  const facts = factsOf(model)
  const open = (optimizedFile?: string) =>
    platform.createSession(model.graph, {
      ...options,
      files: model.files,
      ...(optimizedFile !== undefined && { optimizedFile }),
    })
  const session = place ? await platform.keptGraphs!.keep(place, JSON.stringify(facts), open) : await open()
  return { ...facts, session }
}

/** A graph that the runtime no longer takes is made again. */
async function openKept(
  { createSession, keptGraphs }: ModelOpener,
  place: string,
  options: SessionOptions,
): Promise<OpenedModel | undefined> {
  const kept = await keptGraphs?.find(place)
  if (!kept) return undefined
  const { about, graph, filesFolder } = kept
  const taking = { ...options, optimize: 'none', filesFolder } as const
  const session = await createSession(graph, taking).catch(() => undefined)
  return session && { ...(JSON.parse(about) as ModelFacts), session }
}
