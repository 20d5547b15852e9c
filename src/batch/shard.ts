import type { ListedImage } from './listing.ts'
import { sha256 } from './sha256.ts'

/** An image that has no result but a reason. */
export interface FailedResult {
  readonly file: string
  readonly error: string
  /** What it failed with before, where it was tried again. */
  readonly before?: readonly string[]
}

/** What is known of a shard that is whole. */
export interface ShardFacts {
  readonly chunk: number
  readonly images: number
  /** Objects that were found. */
  readonly instances: number
  readonly failed: readonly FailedResult[]
  readonly bytes: number
  readonly sha256: string
}

export const SHARDS = 'shards/'

export function shardKey(chunk: number): string {
  return `${SHARDS}${String(chunk).padStart(6, '0')}.jsonl`
}

/** Where it is kept which images of a chunk succeeded only when they were tried again, and why. */
export function retriedKey(chunk: number): string {
  return `retried/${String(chunk).padStart(6, '0')}.jsonl`
}

/** The chunk that a key is the shard of; undefined for other keys. */
export function chunkOfKey(key: string): number | undefined {
  const [, digits] = /^shards\/(\d{6,})\.jsonl$/.exec(key) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** A line for each image of a chunk, in their order. */
export function encodeShard(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** What a shard holds where it has exactly one result of each image, in their order; otherwise what is wrong with it. */
export async function checkShard(
  chunk: number,
  bytes: Uint8Array,
  images: readonly ListedImage[],
): Promise<ShardFacts | { readonly problem: string }> {
  const lines = new TextDecoder().decode(bytes).split('\n')
  if (lines.pop() !== '') return { problem: 'it is cut short' }
  if (lines.length !== images.length)
    return { problem: `it has ${lines.length} lines for ${images.length} images` }
  const failed: FailedResult[] = []
  let instances = 0
  for (const [i, line] of lines.entries()) {
    const result = resultOf(line)
    if (!result) return { problem: `line ${i + 1} is no result` }
    if (result.file !== images[i].file) return { problem: `line ${i + 1} is not of ${images[i].file}` }
    if ('error' in result) failed.push(result)
    else instances += result.instances.length
  }
  return {
    ...{ chunk, images: images.length, instances, failed },
    bytes: bytes.length,
    sha256: await sha256(bytes),
  }
}

function resultOf(line: string): FailedResult | { file: string; instances: readonly unknown[] } | undefined {
  try {
    const value = JSON.parse(line)
    if (typeof value?.file !== 'string') return undefined
    return typeof value.error === 'string' || Array.isArray(value.instances) ? value : undefined
  } catch {
    return undefined
  }
}
