import { cellAnchors } from '../detection/anchors.ts'
import { resizedSize } from '../detection/transform.ts'
import type { DetectorScale } from '../doctor/survey.ts'
import { backboneOfModel, type ModelConfig } from './catalogue.ts'
import { fasterRcnnResnet50Fpn } from './presets.ts'

/** Sizes that the default configuration works at. */
export function usualScale(): DetectorScale {
  return scaleOf('the default anchors', fasterRcnnResnet50Fpn())
}

/** Sizes that a model works at. */
export function scaleOf(name: string, architecture: ModelConfig): DetectorScale {
  const { transform } = architecture
  const anchors = 'anchors' in architecture ? architecture.anchors : undefined
  return {
    name,
    anchors: anchors?.sizes.flatMap((sizes, level) =>
      cellAnchors(sizes, anchors.aspectRatios[level]).map(([x1, y1, x2, y2]) => ({
        width: x2 - x1,
        height: y2 - y1,
      })),
    ),
    resized: (size) => {
      const { height, width } = resizedSize(size, transform)
      return { height: Number(height), width: Number(width) }
    },
    finestStride: backboneOfModel(architecture).strides[0],
  }
}
