/** The model of a configuration file: a Mask R-CNN of some ten thousand weights, on images as they are. */
export const THIN_MASK_RCNN = {
  name: 'mask-rcnn',
  backbone: { name: 'resnet18', stemWidth: 8, norm: { kind: 'batchNorm', epsilon: 1e-5 } },
  fpn: { channels: 8 },
  rpn: { training: { preNmsTopN: 50, postNmsTopN: 30 }, targets: { size: 32 } },
  box: { head: { kind: 'mlp', width: 32 }, targets: { size: 16 }, maxDetections: 10 },
  mask: { head: { convs: 1, width: 8 } },
  transform: { resize: { kind: 'keep' } },
}
