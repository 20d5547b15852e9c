/** The door to Redis, and to BullMQ's queues in it. Both packages are optional. */
import { ConfigError, DataError } from '../errors.ts'
import { loadOptional } from './optional-package.ts'

/** What is used of ioredis' client. */
export interface RedisClient {
  readonly status: string
  set(key: string, value: string, unit: 'EX', seconds: number): Promise<unknown>
  exists(key: string): Promise<number>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'close' | 'ready' | 'end', listener: () => void): unknown
  disconnect(): void
}

interface RedisPackage {
  readonly Redis: new (url: string, options: Readonly<Record<string, unknown>>) => RedisClient
}

/** What is used of a job. */
export interface BullJob<Data> {
  readonly id: string
  readonly data: Data
  readonly progress: unknown
  readonly failedReason?: string
  updateData(data: Data): Promise<void>
  updateProgress(progress: object): Promise<void>
  moveToWait(token?: string): Promise<unknown>
}

export interface BullQueue<Data> {
  addBulk(jobs: readonly { name: string; data: Data; opts: { jobId: string } }[]): Promise<unknown>
  getJob(id: string): Promise<BullJob<Data> | undefined>
  getJobState(id: string): Promise<string>
  remove(id: string): Promise<unknown>
  getWorkersCount(): Promise<number>
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<void>
}

export interface BullWorker {
  waitUntilReady(): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  close(force?: boolean): Promise<void>
}

type Options = Readonly<Record<string, unknown>>

export interface BullPackage {
  readonly Queue: new <Data>(name: string, options: Options) => BullQueue<Data>
  readonly Worker: new <Data>(
    name: string,
    work: (job: BullJob<Data>, token?: string) => Promise<void>,
    options: Options,
  ) => BullWorker
  readonly WaitingError: new () => Error
}

export interface RedisConnection {
  readonly client: RedisClient
  readonly bull: BullPackage
  /** Without a password. */
  readonly place: string
  close(): void
}

const INSTALL = 'bullmq ioredis'
/** A broken connection is tried again after a second, and so on, and at least every so many milliseconds. */
const LONGEST_WAIT = 5000

/**
 * Connects to a Redis. A connection that breaks later comes back by itself; what is asked meanwhile waits, and `say` is told. Throws
 * `ConfigError` for an address that is none and where a package is missing, `DataError` where nobody answers.
 */
export async function connectRedis(url: string, say: (line: string) => void): Promise<RedisConnection> {
  const place = placeOf(url)
  const what = 'a queue in Redis'
  const { Redis } = await loadOptional<RedisPackage>('ioredis', what, INSTALL)
  const bull = await loadOptional<BullPackage>('bullmq', what, INSTALL)
  let isConnected = false
  let isAway = false
  let isClosed = false
  let lastError: Error | undefined
  const client = new Redis(url, {
    // BullMQ asks for it: commands wait for a connection however long that takes.
    maxRetriesPerRequest: null,
    // Of copies that BullMQ makes of this client as well.
    retryStrategy: (times: number) =>
      isConnected && !isClosed ? Math.min(1000 * times, LONGEST_WAIT) : null,
  })
  client.on('error', (error) => {
    lastError = error
  })
  const isThere = await new Promise<boolean>((resolve) => {
    client.on('ready', () => resolve(true))
    client.on('end', () => resolve(false))
  })
  if (!isThere) {
    throw new DataError('the queue cannot be reached', {
      where: place,
      got: lastError?.message,
      hint: 'Is Redis running there, and are name and password right?',
    })
  }
  isConnected = true
  client.on('close', () => {
    if (!isAway && !isClosed) say(`${place}: the queue is away; waiting for it`)
    isAway = true
  })
  client.on('ready', () => {
    if (isClosed) return client.disconnect()
    if (isAway) say(`${place}: the queue is back`)
    isAway = false
  })
  const close = () => {
    isClosed = true
    // One that waits for its next attempt ends with that, and only then fails what waits for an answer.
    if (client.status !== 'reconnecting') client.disconnect()
  }
  return { client, bull, place, close }
}

function placeOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed && /^rediss?:$/.test(parsed.protocol))
    return `${parsed.protocol}//${parsed.host}${parsed.pathname}`
  throw new ConfigError('is not the address of a queue', {
    where: '--queue',
    expected: 'redis://HOST:PORT, or rediss:// for an encrypted connection',
    got: parsed ? `${parsed.protocol}//` : url,
  })
}

/**
 * Whether an error says nothing new: that there is no connection, which is told once, or that a queue has lost a chunk that was
 * being worked on, which is ordered again where its shard does not come.
 */
export function isExpected(error: Error): boolean {
  const text = `${(error as { code?: unknown }).code} ${error.message}`
  return (
    /ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|Connection is closed|Stream isn't writeable|LOADING/.test(
      text,
    ) || /Missing (lock|key) for job|could not renew lock/.test(text)
  )
}
