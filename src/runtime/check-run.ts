import { SessionError } from '../errors.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Port } from './session.ts'

/**
 * Throws `SessionError` naming the first input that is missing, unknown, or of another dtype or shape than its port.
 * A symbol stands for the same size wherever it appears.
 */
export function checkFeeds(inputs: readonly Port[], feeds: Readonly<Record<string, Tensor>>): void {
  const names = inputs.map(({ name }) => name)
  for (const name of Object.keys(feeds)) {
    if (!names.includes(name)) throw unknownName('the graph has no such input', name, names)
  }
  const sizes = new Map<string, { size: number; name: string }>()
  for (const port of inputs) {
    if (!Object.hasOwn(feeds, port.name)) {
      throw new SessionError('input is not fed', { where: port.name, expected: describePort(port) })
    }
    const feed = feeds[port.name]
    checkTensor(port, feed)
    for (const [axis, dim] of port.shape.entries()) {
      if (typeof dim === 'number' || dim === '') continue
      const size = feed.shape[axis]
      const before = sizes.get(dim)
      if (before === undefined) sizes.set(dim, { size, name: port.name })
      else if (before.size !== size) {
        throw new SessionError(`dim ${dim} is not the size it has in ${before.name}`, {
          where: port.name,
          expected: `${before.size}`,
          got: `${size}`,
        })
      }
    }
  }
}

/** Throws `SessionError` where a wanted or preallocated output does not exist or could not hold the result. */
export function checkFetches(
  outputs: readonly Port[],
  fetches: readonly string[],
  into: Readonly<Record<string, Tensor>>,
): void {
  const names = outputs.map(({ name }) => name)
  for (const name of fetches) {
    if (!names.includes(name)) throw unknownName('the graph has no such output', name, names)
  }
  for (const [name, target] of Object.entries(into)) {
    const port = outputs.find((output) => output.name === name)
    if (port === undefined) throw unknownName('the graph has no such output', name, names)
    if (!fetches.includes(name)) {
      throw new SessionError('a tensor is given for an output that is not fetched', { where: name })
    }
    checkTensor(port, target)
  }
}

function checkTensor(port: Port, { dtype, shape }: Tensor): void {
  const fits =
    dtype === port.dtype &&
    shape.length === port.shape.length &&
    port.shape.every((dim, axis) => typeof dim === 'string' || dim === shape[axis])
  if (!fits) {
    throw new SessionError('tensor does not fit', {
      where: port.name,
      expected: describePort(port),
      got: `${dtype} [${shape.join(', ')}]`,
    })
  }
}

function describePort({ dtype, shape }: Port): string {
  return `${dtype} [${shape.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`
}

function unknownName(what: string, where: string, names: readonly string[]): SessionError {
  const shown = names.slice(0, 8).join(', ')
  return new SessionError(what, { where, expected: names.length > 8 ? `${shown}, ...` : shown || 'none' })
}
