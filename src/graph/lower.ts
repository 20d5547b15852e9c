import type { Graph } from './graph.ts'
import type { Target } from './op.ts'
import { rewrite } from './rewrite.ts'

/** Replaces ops coarser than ONNX's by their expansion for `target`, until none is left. */
export function lower(graph: Graph, target: Target): Graph {
  return rewrite(graph, ({ op, attributes }, inputs) => op.expand?.(inputs, attributes, target))
}
