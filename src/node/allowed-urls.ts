/** Files behind URLs that somebody else chose: allowed hosts alone, whatever their names lead to, and so much of them. */
import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { Agent, buildConnector, Dispatcher } from 'undici'
import { DataError, MaskwrightError } from '../errors.ts'
import { type AllowedHosts, allowedHosts, portOf } from './allowed-hosts.ts'

export interface AllowedUrls {
  /** The bytes of a file. Throws `DataError` naming the URL; an abort rejects with the signal's reason. */
  load(url: string, signal: AbortSignal): Promise<Uint8Array>
  close(): Promise<void>
}

export interface UrlLimits {
  /** Of a file. */
  readonly bytes: number
  /** For a file, redirections included. */
  readonly seconds: number
}

type SystemLookup = typeof systemLookup

const [REDIRECTIONS, LONGEST_TOLD] = [5, 200]
const HEADERS = { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'maskwright' }

/** A connection that may not be made. */
class RefusedAddress extends MaskwrightError {}

/**
 * Reads from hosts of the list (see `allowedHosts`). What a name leads to is checked where it is connected to, and again for each
 * redirection. Goes through no proxy, which would connect on its own. Throws `ConfigError` for what is no host.
 */
export function allowedUrls(
  hosts: readonly string[],
  limits: UrlLimits,
  lookup: SystemLookup = systemLookup,
): AllowedUrls {
  const allowed = allowedHosts(hosts)
  let agent: Promise<Agent> | undefined
  return {
    load: async (url, signal) => {
      const late = AbortSignal.timeout(limits.seconds * 1000)
      agent ??= guardedAgent(allowed, lookup)
      try {
        const all = AbortSignal.any([late, signal])
        return await follow(url, await agent, { allowed, bytes: limits.bytes, signal: all })
      } catch (error) {
        signal.throwIfAborted()
        const got = late.aborted ? `not all of it in ${limits.seconds} s` : reasonOf(error)
        throw new DataError('the URL cannot be read', { where: told(url), got }, { cause: error })
      }
    },
    close: async () => (await agent)?.destroy(),
  }
}

interface Following {
  readonly allowed: AllowedHosts
  readonly bytes: number
  readonly signal: AbortSignal
}

async function follow(
  start: string,
  dispatcher: Agent,
  { allowed, bytes, signal }: Following,
): Promise<Uint8Array> {
  const { request } = await import('undici')
  let url = parsed(start)
  for (let hop = 0; hop <= REDIRECTIONS; hop++) {
    const refused = allowed.whyNot(url)
    if (refused !== undefined) throw new Error(hop === 0 ? refused : `it leads on, and there ${refused}`)
    const answer = await request(url, { dispatcher, signal, headers: HEADERS })
    const { statusCode, headers, body } = answer
    try {
      const location = headers.location
      if (statusCode < 300 || statusCode > 399 || typeof location !== 'string') {
        return await content(answer, bytes)
      }
      const next = parsed(location, url)
      if (url.protocol === 'https:' && next.protocol === 'http:') {
        throw new Error('it leads to an address without encryption')
      }
      url = next
    } finally {
      body.on('error', () => {}).destroy()
    }
  }
  throw new Error(`it leads on more than ${REDIRECTIONS} times`)
}

async function content(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  most: number,
): Promise<Uint8Array> {
  if (statusCode < 200 || statusCode > 299) throw new Error(`the server answered ${statusCode}`)
  const coding = headers['content-encoding'] ?? 'identity'
  if (coding !== 'identity') throw new Error('it comes compressed, which was not asked for')
  const tooLarge = new Error(`it has more than ${most} bytes`)
  if (Number(headers['content-length']) > most) throw tooLarge
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > most) throw tooLarge
    parts.push(part)
  }
  return Buffer.concat(parts)
}

async function guardedAgent(allowed: AllowedHosts, lookup: SystemLookup): Promise<Agent> {
  const undici = await import('undici')
  const connect: buildConnector.connector = (options, callback) => {
    const port = portOf({ port: options.port, protocol: options.protocol as URL['protocol'] })
    const refusal = (address: string | undefined) =>
      new RefusedAddress(`${options.hostname} leads to ${address}, which is not an address of the internet`)
    const guarded: LookupFunction = (hostname, wanted, tell) => {
      lookup(hostname, { ...wanted, all: true }, (error, found) => {
        if (error) return tell(error, [])
        const refused = found.find(({ address }) => !allowed.mayConnect(address, port))
        if (refused) return tell(refusal(refused.address), [])
        if (wanted.all) tell(null, found)
        else tell(null, found[0].address, found[0].family)
      })
    }
    undici.buildConnector({ lookup: guarded, timeout: 10_000 })(options, (...result) => {
      const [error, socket] = result
      if (error) return callback(error, null)
      // An address in the place of a name is not looked up.
      const address = socket.remoteAddress
      if (address !== undefined && allowed.mayConnect(address, port)) return callback(null, socket)
      socket.destroy()
      callback(refusal(address), null)
    })
  }
  return new undici.Agent({ connect, connections: 8 })
}

function parsed(url: string, base?: URL): URL {
  if (URL.canParse(url, base)) return new URL(url, base)
  throw new Error(base ? 'it leads to what is no URL' : 'it is no URL')
}

function told(url: string): string {
  return url.length > LONGEST_TOLD ? `${url.slice(0, LONGEST_TOLD)}...` : url
}

/** Of several attempts to connect the first that tells. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}
