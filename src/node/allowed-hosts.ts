/** Hosts that URLs may lead to, and addresses that they may be connected to. */
import { isIP } from 'node:net'
import { ConfigError } from '../errors.ts'
import { isPublicAddress } from './public-address.ts'

export interface AllowedHosts {
  /** Why a URL may not be asked; undefined where it may. */
  whyNot(url: URL): string | undefined
  /** Whether a connection may be made: to an address of the internet, or to one that the list has with this port. */
  mayConnect(address: string, port: number): boolean
}

/**
 * `HOST`: on the usual port of `http:` or `https:`. `HOST:PORT`: on that. An address that is none of the internet needs its port, and
 * is then allowed to be connected to, also where a host of the list leads there. Throws `ConfigError` for what is no host.
 */
export function allowedHosts(entries: readonly string[]): AllowedHosts {
  const allowed = new Set(entries.map(canonical))
  return {
    whyNot: (url) => {
      if (!/^https?:$/.test(url.protocol)) return 'it is not a URL of http or https'
      if (url.username !== '' || url.password !== '') return 'it has a name or password'
      const name = url.port === '' ? url.hostname : `${url.hostname}:${url.port}`
      const isAllowed = allowed.has(name) || allowed.has(`${url.hostname}:${portOf(url)}`)
      return isAllowed ? undefined : `${name} is not among the hosts that are allowed`
    },
    mayConnect: (address, port) => {
      const name = isIP(address) === 6 ? `[${address}]` : address
      return isPublicAddress(address) || (isIP(address) !== 0 && allowed.has(`${hostOf(name)}:${port}`))
    },
  }
}

export function portOf({ port, protocol }: Pick<URL, 'port' | 'protocol'>): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}

/** As a URL has it. */
function hostOf(host: string): string | undefined {
  const url = `http://${host}/`
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

function canonical(entry: string): string {
  const [, host, port] = /^(\[[\da-f:.]+\]|[^\s:/?#@[\]\\*]+)(?::(\d{1,5}))?$/i.exec(entry) ?? []
  const name = host === undefined ? undefined : hostOf(host)
  if (name === undefined || (port !== undefined && !isPort(Number(port)))) {
    throw new ConfigError('not a host', {
      ...{ where: '--allow-urls', expected: 'such as images.example.org or 10.0.0.5:8080', got: entry },
    })
  }
  const address = name.replace(/^\[(.*)\]$/, '$1')
  if (port === undefined && isIP(address) !== 0 && !isPublicAddress(address)) {
    throw new ConfigError('an address of a private network needs its port', {
      ...{ where: '--allow-urls', expected: `${name}:PORT`, got: entry },
    })
  }
  return port === undefined ? name : `${name}:${Number(port)}`
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65535
}
