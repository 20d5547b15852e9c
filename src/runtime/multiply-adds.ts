/** A layer at work: shapes of what goes in and comes out, and of a convolution its window and groups. */
export interface LayerShapes {
  readonly op: string
  readonly input: readonly number[]
  readonly output: readonly number[]
  readonly window?: readonly number[]
  readonly groups?: number
}

/**
 * Products of the layers that carry weights; additions and activations are small beside them and count as none. Undefined for other
 * ops, and for a convolution without a window.
 */
export function multiplyAdds({ op, input, output, window, groups = 1 }: LayerShapes): number | undefined {
  switch (op) {
    // Every output number is a sum over the window in the channels of its group.
    case 'Conv':
      return window && product(output) * product(window) * (input[1] / groups)
    // Every input number is multiplied into the window of the outputs of its group.
    case 'ConvTranspose':
      return window && product(input) * product(window) * (output[1] / groups)
    // The first matrix may lie turned.
    case 'Gemm':
      return output[0] === 0 ? 0 : product(output) * (product(input) / output[0])
    case 'MatMul':
      return product(output) * (input.at(-1) ?? 1)
    default:
      return undefined
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1)
}
