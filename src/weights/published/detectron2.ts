/** What detectron2's model zoo publishes: trained on COCO 2017, AP on its validation images. */
import type { PublishedFigures, PublishedWeights } from './published-weights.ts'

interface Row {
  /** Of the training that made it. */
  readonly id: number
  /** The first digits, by which files are named. */
  readonly md5: string
  readonly figures: PublishedFigures
}

/** Schedules of one architecture differ in nothing that a graph knows. */
const SCHEDULE = /_[13]x$/

function zoo(group: string, name: string, { id, md5, figures }: Row): PublishedWeights {
  return {
    name,
    kind: 'model',
    architecture: name.replace(SCHEDULE, ''),
    publisher: 'detectron2',
    url: `https://dl.fbaipublicfiles.com/detectron2/${group}/${name}/${id}/model_final_${md5}.pkl`,
    digest: { algorithm: 'md5', hex: md5 },
    figures,
    source: 'https://github.com/facebookresearch/detectron2/blob/main/MODEL_ZOO.md',
    licence: {
      name: 'CC-BY-SA-3.0',
      url: 'https://creativecommons.org/licenses/by-sa/3.0/',
      note: 'name the authors, and share what you make of the weights under the same licence',
    },
  }
}

export const DETECTRON2: readonly PublishedWeights[] = [
  zoo('COCO-Detection', 'faster_rcnn_R_50_C4_1x', { id: 137257644, md5: '721ade', figures: { box: 35.7 } }),
  zoo('COCO-Detection', 'faster_rcnn_R_50_FPN_1x', { id: 137257794, md5: 'b275ba', figures: { box: 37.9 } }),
  zoo('COCO-Detection', 'faster_rcnn_R_50_C4_3x', { id: 137849393, md5: 'f97cb7', figures: { box: 38.4 } }),
  zoo('COCO-Detection', 'faster_rcnn_R_50_FPN_3x', { id: 137849458, md5: '280758', figures: { box: 40.2 } }),
  zoo('COCO-Detection', 'faster_rcnn_R_101_FPN_3x', { id: 137851257, md5: 'f6e8b1', figures: { box: 42 } }),
  zoo('COCO-Detection', 'faster_rcnn_X_101_32x8d_FPN_3x', {
    id: 139173657,
    md5: '68b088',
    figures: { box: 43 },
  }),
  zoo('COCO-Detection', 'retinanet_R_50_FPN_1x', { id: 190397773, md5: 'bfca0b', figures: { box: 37.4 } }),
  zoo('COCO-Detection', 'retinanet_R_50_FPN_3x', { id: 190397829, md5: '5bd44e', figures: { box: 38.7 } }),
  zoo('COCO-Detection', 'retinanet_R_101_FPN_3x', { id: 190397697, md5: '971ab9', figures: { box: 40.4 } }),
  zoo('COCO-InstanceSegmentation', 'mask_rcnn_R_50_C4_1x', {
    id: 137259246,
    md5: '9243eb',
    figures: { box: 36.8, mask: 32.2 },
  }),
  zoo('COCO-InstanceSegmentation', 'mask_rcnn_R_50_FPN_1x', {
    id: 137260431,
    md5: 'a54504',
    figures: { box: 38.6, mask: 35.2 },
  }),
  zoo('COCO-InstanceSegmentation', 'mask_rcnn_R_50_C4_3x', {
    id: 137849525,
    md5: '4ce675',
    figures: { box: 39.8, mask: 34.4 },
  }),
  zoo('COCO-InstanceSegmentation', 'mask_rcnn_R_50_FPN_3x', {
    id: 137849600,
    md5: 'f10217',
    figures: { box: 41, mask: 37.2 },
  }),
  zoo('COCO-InstanceSegmentation', 'mask_rcnn_R_101_FPN_3x', {
    id: 138205316,
    md5: 'a3ec72',
    figures: { box: 42.9, mask: 38.6 },
  }),
  zoo('COCO-InstanceSegmentation', 'mask_rcnn_X_101_32x8d_FPN_3x', {
    id: 139653917,
    md5: '2d9806',
    figures: { box: 44.3, mask: 39.5 },
  }),
  zoo('COCO-Keypoints', 'keypoint_rcnn_R_50_FPN_1x', {
    id: 137261548,
    md5: '04e291',
    figures: { box: 53.6, keypoints: 64 },
  }),
  zoo('COCO-Keypoints', 'keypoint_rcnn_R_50_FPN_3x', {
    id: 137849621,
    md5: 'a6e10b',
    figures: { box: 55.4, keypoints: 65.5 },
  }),
  zoo('COCO-Keypoints', 'keypoint_rcnn_R_101_FPN_3x', {
    id: 138363331,
    md5: '997cc7',
    figures: { box: 56.4, keypoints: 66.1 },
  }),
  zoo('COCO-Keypoints', 'keypoint_rcnn_X_101_32x8d_FPN_3x', {
    id: 139686956,
    md5: '5ad38f',
    figures: { box: 57.3, keypoints: 66 },
  }),
]
