/** Bodies of timm's classifiers, as version 1.0 lists them; files of releases are named by the first digits of their digests. */
import type { PublishedWeights } from './published-weights.ts'

const RELEASES = 'https://github.com/huggingface/pytorch-image-models/releases/download'

/** A classifier of ImageNet's 1000 classes, of which the body is taken. */
function body(name: string, architecture: string, url: string): PublishedWeights {
  const [, hex] = /-([0-9a-f]{8})\.pth$/.exec(url) ?? []
  return {
    name,
    kind: 'body',
    architecture,
    publisher: 'timm',
    url,
    digest: hex ? { algorithm: 'sha256', hex } : undefined,
    figures: {},
    source: `https://huggingface.co/timm/${name}`,
    licence: {
      name: 'Apache-2.0',
      url: 'https://github.com/huggingface/pytorch-image-models#licenses',
      note: "timm says that ImageNet's terms (no commercial use) may apply to weights trained on it",
    },
  }
}

const released = (name: string, architecture: string, file: string) =>
  body(name, architecture, `${RELEASES}/${file}`)

/** What has no other place than the model hub. */
const onHub = (name: string, architecture: string) =>
  body(name, architecture, `https://huggingface.co/timm/${name}/resolve/main/model.safetensors`)

/** Those of TensorFlow, with what timm's page of them says (bytes of the file). */
function lite(
  name: string,
  file: string,
  { parameters, bytes, top1 }: { readonly parameters: number; readonly bytes: number; readonly top1: number },
): PublishedWeights {
  return {
    ...released(`tf_${name}.in1k`, name, `v0.1-weights/${file}`),
    mebibytes: Math.round((bytes / 2 ** 20) * 1000) / 1000,
    parameters,
    figures: { top1 },
    source:
      'https://github.com/huggingface/pytorch-image-models/blob/main/hfdocs/source/models/tf-efficientnet-lite.mdx',
  }
}

/** ResNets are those of Wightman et al. 2021 (ResNet strikes back). */
export const TIMM: readonly PublishedWeights[] = [
  released('resnet18.a1_in1k', 'resnet18', 'v0.1-rsb-weights/resnet18_a1_0-d63eafa0.pth'),
  released('resnet34.a1_in1k', 'resnet34', 'v0.1-rsb-weights/resnet34_a1_0-46f8f793.pth'),
  released('resnet50.a1_in1k', 'resnet50', 'v0.1-rsb-weights/resnet50_a1_0-14fe96d1.pth'),
  released('resnet101.a1_in1k', 'resnet101', 'v0.1-rsb-weights/resnet101_a1_0-cdcb52a9.pth'),
  released('resnet152.a1_in1k', 'resnet152', 'v0.1-rsb-weights/resnet152_a1_0-2eee8a7a.pth'),
  released(
    'resnext50_32x4d.a1_in1k',
    'resnext50_32x4d',
    'v0.1-rsb-weights/resnext50_32x4d_a1_0-b5a91a1d.pth',
  ),
  released('mobilenetv2_100.ra_in1k', 'mobilenet_v2', 'v0.1-weights/mobilenetv2_100_ra-b33bc2c4.pth'),
  lite('efficientnet_lite0', 'tf_efficientnet_lite0-0aa007d2.pth', {
    parameters: 4_652_008,
    bytes: 18_820_223,
    top1: 74.83,
  }),
  lite('efficientnet_lite1', 'tf_efficientnet_lite1-bde8b488.pth', {
    parameters: 5_416_680,
    bytes: 21_939_331,
    top1: 76.67,
  }),
  lite('efficientnet_lite2', 'tf_efficientnet_lite2-dcccb7df.pth', {
    parameters: 6_092_072,
    bytes: 24_658_687,
    top1: 77.48,
  }),
  lite('efficientnet_lite3', 'tf_efficientnet_lite3-b733e338.pth', {
    parameters: 8_197_096,
    bytes: 33_161_413,
    top1: 79.83,
  }),
  onHub('ese_vovnet19b_dw.ra_in1k', 'vovnet19_dw'),
  onHub('ese_vovnet39b.ra_in1k', 'vovnet39'),
  onHub('ese_vovnet57b.ra4_e3600_r256_in1k', 'vovnet57'),
]
