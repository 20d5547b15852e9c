/** Bodies of timm's classifiers, as version 1.0 lists them; files are named by the first digits of their digests. */
import type { PublishedWeights } from './published-weights.ts'

const RELEASES = 'https://github.com/huggingface/pytorch-image-models/releases/download'

/** A classifier of ImageNet's 1000 classes, of which the body is taken. */
function body(name: string, architecture: string, place: string): PublishedWeights {
  const [, hex] = /-([0-9a-f]{8})\.pth$/.exec(place) as RegExpExecArray
  return {
    name,
    kind: 'body',
    architecture,
    publisher: 'timm',
    url: `${RELEASES}/${place}`,
    digest: { algorithm: 'sha256', hex },
    figures: {},
    source: `https://huggingface.co/timm/${name}`,
    licence: {
      name: 'Apache-2.0',
      url: 'https://github.com/huggingface/pytorch-image-models#licenses',
      note: "timm says that ImageNet's terms (no commercial use) may apply to weights trained on it",
    },
  }
}

/** Trained as Wightman et al. 2021 (ResNet strikes back) do. */
export const TIMM: readonly PublishedWeights[] = [
  body('resnet18.a1_in1k', 'resnet18', 'v0.1-rsb-weights/resnet18_a1_0-d63eafa0.pth'),
  body('resnet34.a1_in1k', 'resnet34', 'v0.1-rsb-weights/resnet34_a1_0-46f8f793.pth'),
  body('resnet50.a1_in1k', 'resnet50', 'v0.1-rsb-weights/resnet50_a1_0-14fe96d1.pth'),
  body('resnet101.a1_in1k', 'resnet101', 'v0.1-rsb-weights/resnet101_a1_0-cdcb52a9.pth'),
  body('resnet152.a1_in1k', 'resnet152', 'v0.1-rsb-weights/resnet152_a1_0-2eee8a7a.pth'),
  body('resnext50_32x4d.a1_in1k', 'resnext50_32x4d', 'v0.1-rsb-weights/resnext50_32x4d_a1_0-b5a91a1d.pth'),
]
