/** Weights that others publish: what they are, where they lie, and what they may be used for. */

/** As its publisher states it. */
export interface PublishedWeights {
  /** Its publisher's. */
  readonly name: string
  /** A whole model, or the body of one, taken out of an image classifier. */
  readonly kind: 'model' | 'body'
  /** The preset it is of, or the name of the body. */
  readonly architecture: string
  readonly publisher: 'torchvision' | 'detectron2' | 'timm' | 'centermask2'
  readonly url: string
  /** Undefined where the publisher states none: what arrives is then only known to be whole. */
  readonly digest?: Digest
  /** Of frozen batch norms, where it is another than the architecture's. */
  readonly normEpsilon?: number
  /** Size of the file, rounded. */
  readonly mebibytes?: number
  /** Of the file, classifier and all. */
  readonly parameters?: number
  readonly figures: PublishedFigures
  /** Page that the figures are from. */
  readonly source: string
  readonly licence: Licence
}

/** In percent. */
export interface PublishedFigures {
  /** AP (IoU 0.50 to 0.95) on COCO's validation images of 2017. */
  readonly box?: number
  readonly mask?: number
  readonly keypoints?: number
  /** Images of ImageNet's validation whose first guess is right. */
  readonly top1?: number
}

/** A digest of a file, or the digits that it begins with. */
export interface Digest {
  readonly algorithm: 'sha256' | 'md5'
  readonly hex: string
}

export interface Licence {
  readonly name: string
  readonly url: string
  /** What follows from it, in a few words. */
  readonly note?: string
  /** Whether it rules out uses that most licences allow, so that whoever downloads has to say that they know. */
  readonly isRestricted?: boolean
}

/** How many hexadecimal digits a digest has. */
export const DIGEST_DIGITS: Readonly<Record<Digest['algorithm'], number>> = { sha256: 64, md5: 32 }

/** The name in the address, under which a download is kept. */
export function fileNameOf({ url }: PublishedWeights): string {
  return new URL(url).pathname.split('/').at(-1) as string
}
