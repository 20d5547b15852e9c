import { z } from 'zod'
import { ConfigError, DataError } from '../errors.ts'
import { counted } from '../names/counted.ts'
import { decodeListing, encodeListing, type ListedImage } from './listing.ts'
import type { ObjectStore } from './object-store.ts'
import { sha256 } from './sha256.ts'

/** Names of objects beside the shards. */
export const [PLAN_KEY, LISTING_KEY, FAILED_KEY, MANIFEST_KEY] = [
  'batch.json',
  'listing.jsonl',
  'failed.jsonl',
  'manifest.json',
]

const HASH = z.string().regex(/^[0-9a-f]{64}$/)
const PLAN = z.strictObject({
  /** Of Maskwright. */
  version: z.string(),
  /** The bytes of the model file decide; the name is as it was given. */
  model: z.strictObject({ name: z.string(), sha256: HASH }),
  /** How images are read and segmented, as JSON. */
  settings: z.record(z.string(), z.json()),
  listing: z.strictObject({ images: z.int().min(1), sha256: HASH }),
  /** Images of a chunk, and so of a shard; the last may have fewer. */
  chunk: z.int().min(1),
})

/** What a batch computes: the same plan gives the same shards, whoever computes them. */
export type BatchPlan = z.infer<typeof PLAN>

/** Sizes of chunks: small enough that a worker that dies loses little, large enough that there are not too many files. */
const [SMALLEST, LARGEST, CHUNKS] = [16, 64, 4000]

/** Images of a chunk where nobody chose: 16, and more from 64,000 images on. */
export function chunkSizeFor(images: number): number {
  return Math.min(LARGEST, Math.max(SMALLEST, Math.ceil(images / CHUNKS)))
}

export function chunkCount({ listing, chunk }: Pick<BatchPlan, 'listing' | 'chunk'>): number {
  return Math.ceil(listing.images / chunk)
}

/** The images of the chunk of that number, counted from 0. */
export function chunkImages(
  images: readonly ListedImage[],
  { chunk }: Pick<BatchPlan, 'chunk'>,
  number: number,
): readonly ListedImage[] {
  return images.slice(number * chunk, (number + 1) * chunk)
}

/** What tells batches apart: 16 digits of the hash of all that decides about their results. */
export async function planId({ version, model, settings, listing, chunk }: BatchPlan): Promise<string> {
  const decisive = [version, model.sha256, sorted(settings), listing.sha256, chunk]
  return (await sha256(JSON.stringify(decisive))).slice(0, 16)
}

/** Keys in one order, however they came. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}

/** The plan that a store holds; undefined for none. Throws `DataError` for a file that is no plan. */
export async function storedPlan(store: ObjectStore): Promise<BatchPlan | undefined> {
  const bytes = await store.read(PLAN_KEY)
  if (!bytes) return undefined
  const where = store.placeOf(PLAN_KEY)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw notPlan(where, 'no JSON', cause)
  }
  const parsed = PLAN.safeParse(value)
  if (parsed.success) return parsed.data
  const [{ path, message }] = parsed.error.issues
  throw notPlan(where, `${path.join('.')}: ${message}`, parsed.error)
}

function notPlan(where: string, got: string, cause: unknown): DataError {
  const parts = { where, expected: 'the plan of a batch', got, hint: 'Choose another folder with --out' }
  return new DataError('is not what a batch has written', parts, { cause })
}

/**
 * Begins a batch in a store, or goes on with it: whether it was begun before. Throws `ConfigError` where the store holds a batch of
 * another model, other settings or other images.
 */
export async function beginBatch(
  store: ObjectStore,
  plan: BatchPlan,
  images: readonly ListedImage[],
): Promise<boolean> {
  const found = await storedPlan(store)
  if (found) {
    await requireSame(found, plan, images, store)
    return true
  }
  await store.put(LISTING_KEY, encodeListing(images))
  // Last: a plan without its listing would be no batch.
  await store.put(PLAN_KEY, `${JSON.stringify(plan, null, 2)}\n`)
  return false
}

async function requireSame(
  found: BatchPlan,
  plan: BatchPlan,
  images: readonly ListedImage[],
  store: ObjectStore,
): Promise<void> {
  const other = (what: string, expected: string, got: string, hint = '') =>
    new ConfigError(`the folder holds a batch of ${what}`, {
      where: store.placeOf(PLAN_KEY),
      expected,
      got,
      hint: `${hint}Choose another folder with --out, or give what that batch was given`,
    })
  if (found.model.sha256 !== plan.model.sha256) {
    const named = ({ name, sha256 }: BatchPlan['model']) => `${name} (sha256 ${sha256.slice(0, 12)}...)`
    throw other('another model', named(found.model), named(plan.model))
  }
  if (found.listing.sha256 !== plan.listing.sha256) {
    const listing = store.placeOf(LISTING_KEY)
    const hint = `${listing} lists its images, for maskwright batch to go on with. `
    throw other('other images', ...(await listingDifference(found, images, store)), hint)
  }
  const settings = (of: BatchPlan) => JSON.stringify(sorted(of.settings))
  if (settings(found) !== settings(plan)) throw other('other settings', settings(found), settings(plan))
  if (found.chunk !== plan.chunk)
    throw other('chunks of another size', `--chunk ${found.chunk}`, `${plan.chunk}`)
  if (found.version !== plan.version)
    throw other('another version of Maskwright', found.version, plan.version)
}

/** The first place where two listings differ. */
async function listingDifference(
  found: BatchPlan,
  images: readonly ListedImage[],
  store: ObjectStore,
): Promise<[expected: string, got: string]> {
  const [then, now] = [counted(found.listing.images, 'image'), counted(images.length, 'image')]
  const text = await store.read(LISTING_KEY)
  if (!text) return [then, now]
  const before = decodeListing(new TextDecoder().decode(text), store.placeOf(LISTING_KEY))
  const place = before.findIndex(
    (image, i) => encodeListing([image]) !== encodeListing(images.slice(i, i + 1)),
  )
  const at = place < 0 ? before.length : place
  const told = (list: readonly ListedImage[]) => `number ${at + 1} being ${list[at]?.file ?? 'none'}`
  return [`${then}, ${told(before)}`, `${now}, ${told(images)}`]
}
