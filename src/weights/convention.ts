import type { Tensor } from '../tensor/tensor.ts'

/**
 * How others name and lay out a model's weights: what a tensor of theirs is here, under which name. It may change the tensor (the
 * order of colours or of classes), become several, or be dropped (an empty list).
 */
export type Convention = (name: string, tensor: Tensor) => readonly (readonly [string, Tensor])[]

/** Weights in our convention, in their order. */
export function conventional(
  weights: ReadonlyMap<string, Tensor>,
  convention: Convention,
): Map<string, Tensor> {
  return new Map([...weights].flatMap(([name, tensor]) => [...convention(name, tensor)]))
}

/**
 * A convolution's weight `[out, C, h, w]` for images whose channels come in the other order: BGR for RGB. A tensor of another rank,
 * which is none, stays as it is.
 */
export function mirroredChannels(weight: Tensor): Tensor {
  const { dtype, shape, data } = weight
  if (shape.length !== 4) return weight
  const [, channels, height, width] = shape
  const area = height * width
  const mirrored = data.slice()
  for (let i = 0; i < data.length; i++) {
    const channel = Math.floor(i / area) % channels
    mirrored[i] = data[i + (channels - 1 - 2 * channel) * area]
  }
  return { dtype, shape, data: mirrored }
}
