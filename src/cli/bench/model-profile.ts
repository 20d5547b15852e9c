/** Where a model's time goes, and how many floating point operations it takes, by stage and by op. */
import { nodePlatform } from '../../node/platform.ts'
import { decodeModel } from '../../onnx/decode.ts'
import type { NodeProto } from '../../onnx/messages.ts'
import { loadDetector } from '../../predict/detector.ts'
import { multiplyAdds } from '../../runtime/multiply-adds.ts'
import type { OpProfile } from '../../runtime/profile.ts'
import type { Session, SessionOptions } from '../../runtime/session.ts'
import { type Stage, stageOf } from './stage.ts'
import type { Subject } from './subject.ts'

/** A part of the network. */
export interface Part {
  /** Part of the network's time, 0 to 1. */
  readonly share: number
  /** Floating point operations of one image: two for each multiply-add. */
  readonly flop: number
}

export interface ModelProfile {
  readonly stages: ReadonlyMap<Stage, Part>
  /** By name; `nodes` is how many of the op run for one image. */
  readonly ops: ReadonlyMap<string, Part & { readonly nodes: number }>
  readonly flop: number
}

/**
 * Profiles a model on one image. Time is that of the graph as the runtime rewrites it; operations are counted on the graph as it was
 * written, run once, for what the runtime adds (channels filled up to whole blocks) is no use to anybody.
 */
export async function profileModel(
  subject: Subject,
  rounds: number,
  signal: AbortSignal,
): Promise<ModelProfile> {
  const times = await recorded(subject, rounds, {}, signal)
  const counts = await recorded(subject, 1, { optimize: 'none' }, signal)
  const flops = countedFlops(counts.profile, layersOf(counts.graph))
  const total = times.profile.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const stages = new Map<Stage, Part>()
  const ops = new Map<string, Part & { readonly nodes: number }>()
  for (const { op: name, nodes } of times.profile) {
    const op = writtenOp(name)
    for (const { module, count, milliseconds } of nodes) {
      add(stages, stageOf(module), { share: milliseconds / total, flop: 0 })
      add(ops, op, { share: milliseconds / total, flop: 0, nodes: count / rounds })
    }
  }
  for (const { op, stage, flop } of flops) {
    add(stages, stage, { share: 0, flop })
    add(ops, op, { share: 0, flop, nodes: 0 })
  }
  return { stages, ops, flop: flops.reduce((sum, { flop }) => sum + flop, 0) }
}

/** Adds numbers to those of a key. */
function add<K, P extends { readonly [name in keyof P]: number }>(to: Map<K, P>, key: K, more: P): void {
  const before = to.get(key)
  if (before === undefined) return void to.set(key, more)
  const names = Object.keys(more) as (keyof P)[]
  to.set(key, Object.fromEntries(names.map((name) => [name, before[name] + more[name]])) as P)
}

/** What the runtime made of the model for this session, and the profile of its rounds. */
async function recorded(
  { model, image, score, device, threads }: Subject,
  rounds: number,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<{ readonly graph: Uint8Array; readonly profile: readonly OpProfile[] }> {
  let graph = new Uint8Array()
  let session: Session | undefined
  const createSession: typeof nodePlatform.createSession = async (bytes, given) => {
    graph = Uint8Array.from(bytes)
    session = await nodePlatform.createSession(bytes, { ...given, ...options, profile: true })
    return session
  }
  // A graph that was kept is what the runtime made of it, and not as it was written.
  const platform = { ...nodePlatform, createSession, keptGraphs: undefined }
  const detector = await loadDetector(platform, model, { device, threads, signal })
  try {
    const picture = await nodePlatform.decodeImage(image)
    for (let round = 0; round < rounds; round++)
      await detector.detect(picture, { score, tile: 'off', signal })
    return { graph, profile: await session!.profile!() }
  } finally {
    await detector.dispose()
  }
}

/** Names that the runtime gives to ops that it has fused with others, or that compute with bytes, by what they are at heart. */
export function writtenOp(name: string): string {
  return name.replace(/^(Fused|QLinear)/, '').replace(/^QGemm$/, 'Gemm')
}

interface Convolution {
  readonly window: readonly number[]
  readonly groups: number
}

/** Windows and groups of the convolutions in a graph and in the bodies of its nodes, by name. */
function layersOf(onnx: Uint8Array): ReadonlyMap<string, Convolution> {
  const found = new Map<string, Convolution>()
  const visit = (nodes: readonly NodeProto[]) => {
    for (const { name = '', attribute } of nodes) {
      const of = (key: string) => attribute.find((one) => one.name === key)
      const window = of('kernel_shape')?.ints
      if (window) found.set(name, { window, groups: of('group')?.i ?? 1 })
      for (const { g } of attribute) if (g) visit(g.node)
    }
  }
  visit(decodeModel(onnx).graph.node)
  return found
}

/** Floating point operations of the nodes that ran. */
function countedFlops(profile: readonly OpProfile[], layers: ReadonlyMap<string, Convolution>) {
  return profile.flatMap(({ op, nodes }) =>
    nodes.flatMap(({ name, module, count, inputs, outputs }) => {
      const products = multiplyAdds({ op, input: inputs[0], output: outputs[0], ...layers.get(name) })
      return products === undefined ? [] : [{ op, stage: stageOf(module), flop: 2 * products * count }]
    }),
  )
}
