/**
 * CenterMask-Lite on nuclei, with the data, steps, crops and widths of nuclei-smallest.ts, to compare one stage with two. Its map
 * of stride 4 is kept, which the publication leaves out: nuclei are small. Data as for nuclei.ts. Measured after 500 steps
 * (--set steps=500): mask AP 0.380, AP50 0.650 on the 85 validation images; docs/benchmarks.md has the others beside it.
 *
 *   npx maskwright train configs/nuclei-centermask-lite.ts --out runs/centermask-lite
 *
 * What it is compared with, and how:
 *
 *   npx maskwright train configs/nuclei-smallest.ts --out runs/mask-rcnn
 *   npx maskwright train configs/nuclei-smallest.ts --out runs/mask-scoring-rcnn --set model.name=mask-scoring-rcnn \
 *     --set model.maskIou.convs=2 --set model.maskIou.width=96 --set model.maskIou.linearWidth=256
 *   npx maskwright evaluate --model runs/centermask-lite --images data/nuclei/images \
 *     --annotations data/nuclei/annotations/val.json --iou bbox,segm --max-detections 400
 */
import type { TrainConfig } from '../src/train/train-config.ts'
import { config as smallest } from './nuclei-smallest.ts'

const norm = { kind: 'groupNorm', epsilon: 1e-5, groups: 8 } as const

export const config = {
  ...smallest,
  goal: 'Nuclei found in one stage, with the smallest training that is of use.',
  model: {
    name: 'centermask',
    backbone: { name: 'vovnet19_slim', norm, widthMultiplier: 0.5, stages: [0, 1, 2, 3] },
    fpn: { channels: 96 },
    fcos: {
      towers: { classConvs: 2, boxConvs: 2, norm },
      targets: { ranges: [32, 64, 128, 256, 512] },
      scoreThreshold: 0.02,
      nmsThreshold: 0.4,
      maxDetections: 400,
    },
    regions: { candidates: 500, targets: { size: 128, positiveFraction: 0.33 } },
    mask: { head: { convs: 2, width: 96 } },
    maskIou: { convs: 2, width: 96, linearWidth: 256 },
    transform: smallest.model.transform,
  },
} satisfies TrainConfig
