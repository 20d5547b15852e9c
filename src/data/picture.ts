/** Pixels of one picture, 8 bits a channel, by row and interleaved: byte c of the pixel (x, y) is `data[(y * width + x) * channels + c]`. */

/** RGB. */
export interface RgbImage {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** What a picture is stored as, and which of its values became black and white. */
export interface ShownDepth {
  /** `16 bit`, `32 bit float`. */
  readonly kind: string
  readonly black: number
  readonly white: number
}

/** What a file was read as. */
export interface DecodedImage extends RgbImage {
  /** What people should know of how the file was read, a sentence without a full stop each; absent where that is nothing. */
  readonly notes?: readonly string[]
  /** Which values became black and white; absent where they are 8 bits shown as they are. */
  readonly depth?: ShownDepth
}

/** What a caller hands over: grey (1), RGB (3) or RGBA (4, alpha ignored where a model looks). */
export interface RawImage {
  readonly data: Uint8Array | Uint8ClampedArray
  readonly width: number
  readonly height: number
  /** Default: what the length of `data` says; 3 where it is encoded. */
  readonly channels?: 1 | 3 | 4
  /** What people should know of how it was read; becomes part of the prediction. */
  readonly notes?: readonly string[]
}
