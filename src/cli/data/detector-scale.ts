import { cellAnchors } from '../../detection/anchors.ts'
import { resizedSize } from '../../detection/transform.ts'
import type { DetectorScale } from '../../doctor/survey.ts'
import { backboneOfModel, type ModelConfig } from '../../models/catalogue.ts'
import { fasterRcnnResnet50Fpn } from '../../models/presets.ts'
import { readModelMetadata } from '../../models/runnable-model.ts'
import { loadModelBytes } from '../../node/package-files.ts'

/** The sizes a model works at: of a bundled model or model file, or of the default configuration where none is named. */
export async function loadDetectorScale(model?: string): Promise<DetectorScale> {
  if (model === undefined) return scaleOf('the default anchors', fasterRcnnResnet50Fpn())
  return scaleOf(model, readModelMetadata(await loadModelBytes(model), model).architecture)
}

function scaleOf(name: string, architecture: ModelConfig): DetectorScale {
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
