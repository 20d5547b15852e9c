import { ConfigError } from '../errors.ts'
import type { Category } from './model-metadata.ts'

/** COCO's categories by id, from 1. Those in brackets have a number and no object (Lin et al. 2014: 91 categories, 80 with masks). */
const NAMES = [
  'person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, [street sign]',
  'stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, [hat], backpack',
  'umbrella, [shoe], [eye glasses], handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat',
  'baseball glove, skateboard, surfboard, tennis racket, bottle, [plate], wine glass, cup, fork, knife, spoon, bowl',
  'banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed',
  '[mirror], dining table, [window], [desk], toilet, [door], tv, laptop, mouse, remote, keyboard, cell phone, microwave',
  'oven, toaster, sink, refrigerator, [blender], book, clock, vase, scissors, teddy bear, hair drier, toothbrush',
]
  .join(', ')
  .split(', ')

/** Names of a person's keypoints, and which of them belong together, counted from 1. */
const PERSON_KEYPOINTS = [
  'nose, left_eye, right_eye, left_ear, right_ear, left_shoulder, right_shoulder, left_elbow, right_elbow, left_wrist',
  'right_wrist, left_hip, right_hip, left_knee, right_knee, left_ankle, right_ankle',
]
  .join(', ')
  .split(', ')

const PERSON_SKELETON = [
  [16, 14],
  [14, 12],
  [17, 15],
  [15, 13],
  [12, 13],
  [6, 12],
  [7, 13],
  [6, 7],
  [6, 8],
  [7, 9],
  [8, 10],
  [9, 11],
  [2, 3],
  [1, 2],
  [1, 3],
  [2, 4],
  [3, 5],
  [4, 6],
  [5, 7],
] as const

/**
 * Categories of models that were trained on COCO, in the order of their labels, with COCO's ids. Throws `ConfigError` for
 * numbers of classes that no publication has.
 * @param numClasses with the background: 91 where labels are ids, 81 where they count the 80 categories, 2 for people with
 * keypoints
 */
export function cocoCategories(numClasses: number): readonly Category[] {
  const all = NAMES.map((name, i) => ({ id: i + 1, name: name.replace(/[[\]]/g, '') }))
  if (numClasses === all.length + 1) return all
  if (numClasses === 81) return all.filter((_, i) => !NAMES[i].startsWith('['))
  if (numClasses === 2) return [{ ...all[0], keypoints: PERSON_KEYPOINTS, skeleton: PERSON_SKELETON }]
  throw new ConfigError('COCO has another number of classes', {
    where: 'numClasses',
    expected: '91, 81 or 2, with the background',
    got: `${numClasses}`,
  })
}
