/**
 * The largest values that settings of models and trainings may have: several times what published models use, and little
 * enough that a small file cannot take a machine's whole memory. One home for what a model file and a config file may say.
 */

export const MOST = {
  /** With the background; LVIS has 1204. */
  classes: 10_001,
  /** Of a convolution or a fully connected layer; torchvision's widest is 2048. */
  width: 8192,
  /** Of the stem, from which every later stage follows; ResNets have 64. */
  stemWidth: 512,
  /** Groups times their width, which the widths of a ResNeXt follow from; 32 x 48 is the largest published. */
  groups: 256,
  widthPerGroup: 512,
  /** Types of keypoints; whole bodies with hands and faces have 133. */
  keypoints: 1024,
  /** Convolutions one after another in a head. */
  depth: 32,
  /** Cells along a side of a pooled region; masks of 28 come from 14. */
  pooledSide: 64,
  /** Samples along a side of a cell; 2 is usual, 0 adapts to the region. */
  samples: 16,
  /** Sizes or ratios of anchors at one place of one level, and levels. */
  anchorsOfLevel: 32,
  levels: 8,
  /** Proposals before and after suppression, and regions drawn from them. */
  proposals: 20_000,
  detections: 10_000,
  /** Exponent of a focal loss; 2 is usual. */
  focus: 8,
  /** What small images are enlarged to: pixels along the shorter side, or a fixed side. */
  enlargedSide: 4096,
  /** Pixels along the longer side. */
  side: 16_384,
  /** Padded sides are multiples of at most this. */
  divisor: 1024,
  batch: 1024,
  workers: 256,
  /** Evaluations whose weights are averaged. */
  averaged: 100,
  /** Objects of an image that a training step takes. */
  instances: 10_000,
  /** How many times larger augmentation may make an image. */
  scale: 32,
  /** Standard deviation of a blur, pixels. */
  blur: 32,
  /** Entries of a list in a config file. */
  entries: 10_000,
} as const
