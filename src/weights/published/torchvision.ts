/** What torchvision publishes, as version 0.29 lists it; whole digests are those that several others recorded of the same files. */
import type { PublishedFigures, PublishedWeights } from './published-weights.ts'

interface Row {
  readonly file: string
  /** As far as it is known; files are named by its first eight digits. */
  readonly sha256: string
  readonly mebibytes: number
  readonly parameters: number
  readonly normEpsilon?: number
  readonly figures: PublishedFigures
}

function published(
  file: Row,
  named: Pick<PublishedWeights, 'name' | 'kind' | 'architecture' | 'source'>,
): PublishedWeights {
  return {
    ...named,
    publisher: 'torchvision',
    url: `https://download.pytorch.org/models/${file.file}`,
    digest: { algorithm: 'sha256', hex: file.sha256 },
    mebibytes: file.mebibytes,
    parameters: file.parameters,
    ...(file.normEpsilon !== undefined && { normEpsilon: file.normEpsilon }),
    figures: file.figures,
    licence: {
      name: 'not stated (library: BSD-3-Clause)',
      url: 'https://github.com/pytorch/vision#pre-trained-model-license',
      note: 'torchvision says that its weights may have terms derived from the data they were trained on',
    },
  }
}

/** Trained on COCO 2017; AP on its validation images. */
function detector(name: string, file: Row): PublishedWeights {
  const source = `https://docs.pytorch.org/vision/stable/models.html#object-detection-instance-segmentation-and-person-keypoint-detection`
  return published(file, { name, kind: 'model', architecture: name, source })
}

/** A classifier of ImageNet's 1000 classes, of which the body is taken. */
function body(architecture: string, recipe: string, file: Row): PublishedWeights {
  const source = 'https://docs.pytorch.org/vision/stable/models.html#classification'
  return published(file, { name: `${architecture}.${recipe}`, kind: 'body', architecture, source })
}

export const TORCHVISION: readonly PublishedWeights[] = [
  detector('fasterrcnn_resnet50_fpn', {
    file: 'fasterrcnn_resnet50_fpn_coco-258fb6c6.pth',
    sha256: '258fb6c638b15964ddcdd1ae0748c5eef1be9e732750120cc857feed3faac384',
    mebibytes: 159.743,
    parameters: 41_755_286,
    normEpsilon: 0,
    figures: { box: 37 },
  }),
  detector('fasterrcnn_resnet50_fpn_v2', {
    file: 'fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth',
    sha256: 'dd69338a24b8d7381807e247652bdc356325bcbaf1cd3e092e00e0a1a58706bf',
    mebibytes: 167.104,
    parameters: 43_712_278,
    figures: { box: 46.7 },
  }),
  detector('fasterrcnn_mobilenet_v3_large_fpn', {
    file: 'fasterrcnn_mobilenet_v3_large_fpn-fb6a3cc7.pth',
    sha256: 'fb6a3cc702b1df54c18a44b26708cd083614211062d0c36d2ca7bf9270df3533',
    mebibytes: 74.239,
    parameters: 19_386_354,
    figures: { box: 32.8 },
  }),
  detector('fasterrcnn_mobilenet_v3_large_320_fpn', {
    file: 'fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth',
    sha256: '907ea3f91ff92242bc1baea8049276a3e76bca48ce7560bd268cc029f37977b5',
    mebibytes: 74.239,
    parameters: 19_386_354,
    figures: { box: 22.8 },
  }),
  detector('maskrcnn_resnet50_fpn', {
    file: 'maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth',
    sha256: 'bf2d0c1efbc936eeee2bc95a48e80ebc86b891f61b0106485937fc29f9315fc0',
    mebibytes: 169.84,
    parameters: 44_401_393,
    normEpsilon: 0,
    figures: { box: 37.9, mask: 34.6 },
  }),
  detector('maskrcnn_resnet50_fpn_v2', {
    file: 'maskrcnn_resnet50_fpn_v2_coco-73cbd019.pth',
    sha256: '73cbd0190fcbe3ba339921fbce2c3a0b6bb9126c9a133c85e43a2a8e060a109e',
    mebibytes: 177.219,
    parameters: 46_359_409,
    figures: { box: 47.4, mask: 41.8 },
  }),
  detector('keypointrcnn_resnet50_fpn', {
    file: 'keypointrcnn_resnet50_fpn_coco-fc266e95.pth',
    sha256: 'fc266e953d2b302cdcbb9ae66f71f6b0d4649928bf02dc573961e361e4918926',
    mebibytes: 226.054,
    parameters: 59_137_258,
    normEpsilon: 0,
    figures: { box: 54.6, keypoints: 65 },
  }),
  detector('retinanet_resnet50_fpn', {
    file: 'retinanet_resnet50_fpn_coco-eeacb38b.pth',
    sha256: 'eeacb38b7cec8cf93c57867e05eaab621047f19b0d2ec5accaa405f690da15b7',
    mebibytes: 130.267,
    parameters: 34_014_999,
    normEpsilon: 0,
    figures: { box: 36.4 },
  }),
  detector('retinanet_resnet50_fpn_v2', {
    file: 'retinanet_resnet50_fpn_v2_coco-5905b1c5.pth',
    sha256: '5905b1c544219215e544dbe319720397bc4e68de61a733a59350d7976645b769',
    mebibytes: 146.037,
    parameters: 38_198_935,
    figures: { box: 41.5 },
  }),
  detector('fcos_resnet50_fpn', {
    file: 'fcos_resnet50_fpn_coco-99b0c9b7.pth',
    sha256: '99b0c9b7cfb1527d782db86b91d207f00547c792fb4103fc612b651d0a07b9e7',
    mebibytes: 123.608,
    parameters: 32_269_600,
    figures: { box: 39.2 },
  }),
  body('resnet18', 'IMAGENET1K_V1', {
    file: 'resnet18-f37072fd.pth',
    sha256: 'f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec',
    mebibytes: 44.661,
    parameters: 11_689_512,
    figures: { top1: 69.758 },
  }),
  body('resnet34', 'IMAGENET1K_V1', {
    file: 'resnet34-b627a593.pth',
    sha256: 'b627a593',
    mebibytes: 83.275,
    parameters: 21_797_672,
    figures: { top1: 73.314 },
  }),
  body('resnet50', 'IMAGENET1K_V1', {
    file: 'resnet50-0676ba61.pth',
    sha256: '0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a',
    mebibytes: 97.781,
    parameters: 25_557_032,
    figures: { top1: 76.13 },
  }),
  body('resnet50', 'IMAGENET1K_V2', {
    file: 'resnet50-11ad3fa6.pth',
    sha256: '11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca',
    mebibytes: 97.79,
    parameters: 25_557_032,
    figures: { top1: 80.858 },
  }),
  body('resnet101', 'IMAGENET1K_V1', {
    file: 'resnet101-63fe2227.pth',
    sha256: '63fe2227',
    mebibytes: 170.511,
    parameters: 44_549_160,
    figures: { top1: 77.374 },
  }),
  body('resnet101', 'IMAGENET1K_V2', {
    file: 'resnet101-cd907fc2.pth',
    sha256: 'cd907fc2',
    mebibytes: 170.53,
    parameters: 44_549_160,
    figures: { top1: 81.886 },
  }),
  body('resnet152', 'IMAGENET1K_V1', {
    file: 'resnet152-394f9c45.pth',
    sha256: '394f9c45',
    mebibytes: 230.434,
    parameters: 60_192_808,
    figures: { top1: 78.312 },
  }),
  body('resnet152', 'IMAGENET1K_V2', {
    file: 'resnet152-f82ba261.pth',
    sha256: 'f82ba261',
    mebibytes: 230.474,
    parameters: 60_192_808,
    figures: { top1: 82.284 },
  }),
  body('resnext50_32x4d', 'IMAGENET1K_V1', {
    file: 'resnext50_32x4d-7cdf4587.pth',
    sha256: '7cdf4587',
    mebibytes: 95.789,
    parameters: 25_028_904,
    figures: { top1: 77.618 },
  }),
  body('resnext50_32x4d', 'IMAGENET1K_V2', {
    file: 'resnext50_32x4d-1a0047aa.pth',
    sha256: '1a0047aa',
    mebibytes: 95.833,
    parameters: 25_028_904,
    figures: { top1: 81.198 },
  }),
  body('resnext101_32x8d', 'IMAGENET1K_V1', {
    file: 'resnext101_32x8d-8ba56ff5.pth',
    sha256: '8ba56ff5',
    mebibytes: 339.586,
    parameters: 88_791_336,
    figures: { top1: 79.312 },
  }),
  body('resnext101_32x8d', 'IMAGENET1K_V2', {
    file: 'resnext101_32x8d-110c445d.pth',
    sha256: '110c445d',
    mebibytes: 339.673,
    parameters: 88_791_336,
    figures: { top1: 82.834 },
  }),
  body('resnext101_64x4d', 'IMAGENET1K_V1', {
    file: 'resnext101_64x4d-173b62eb.pth',
    sha256: '173b62eb',
    mebibytes: 319.318,
    parameters: 83_455_272,
    figures: { top1: 83.246 },
  }),
  body('mobilenet_v2', 'IMAGENET1K_V1', {
    file: 'mobilenet_v2-b0353104.pth',
    sha256: 'b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889',
    mebibytes: 13.555,
    parameters: 3_504_872,
    figures: { top1: 71.878 },
  }),
  body('mobilenet_v2', 'IMAGENET1K_V2', {
    file: 'mobilenet_v2-7ebf99e0.pth',
    sha256: '7ebf99e03e254b273379b23edca7ec0da9f48273b23a332b93c1c99d49e86e8f',
    mebibytes: 13.598,
    parameters: 3_504_872,
    figures: { top1: 72.154 },
  }),
  body('mobilenet_v3_large', 'IMAGENET1K_V1', {
    file: 'mobilenet_v3_large-8738ca79.pth',
    sha256: '8738ca79',
    mebibytes: 21.114,
    parameters: 5_483_032,
    figures: { top1: 74.042 },
  }),
  body('mobilenet_v3_large', 'IMAGENET1K_V2', {
    file: 'mobilenet_v3_large-5c1a4163.pth',
    sha256: '5c1a416349c4cf298f2a6a5e2600ed0ee55e604713578f5e74e6bc8bcaef7997',
    mebibytes: 21.107,
    parameters: 5_483_032,
    figures: { top1: 75.274 },
  }),
]
