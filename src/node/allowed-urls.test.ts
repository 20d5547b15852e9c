import type { lookup } from 'node:dns'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowedHosts } from './allowed-hosts.ts'
import { allowedUrls } from './allowed-urls.ts'

const LIMITS = { bytes: 1000, seconds: 5 }
const never = new AbortController().signal
const asked: string[] = []
const ANSWERS: Readonly<Record<string, (answer: ServerResponse) => void>> = {
  '/good': (answer) => answer.end('picture'),
  '/missing': (answer) => answer.writeHead(404).end('none'),
  '/gzip': (answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('picture')),
  '/large': (answer) => answer.writeHead(200, { 'content-length': 1001 }).flushHeaders(),
  '/endless': (answer) => {
    const more = () => answer.destroyed || answer.write('x'.repeat(100), () => setImmediate(more))
    more()
  },
  '/silent': (answer) => answer.writeHead(200).flushHeaders(),
  '/broken': (answer) => {
    answer.writeHead(200, { 'content-length': 100 }).write('half')
    setImmediate(() => answer.destroy())
  },
  '/round': (answer) => answer.writeHead(302, { location: '/round' }).end(),
  '/on': (answer) => answer.writeHead(307, { location: '/good' }).end(),
}

let server: Server
let port: number
beforeAll(async () => {
  server = createServer(({ url = '' }, answer) => {
    asked.push(url)
    if (url.startsWith('/to?')) answer.writeHead(302, { location: decodeURIComponent(url.slice(4)) }).end()
    else ANSWERS[url](answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** What is read, or why it is not. `leads` has names lead to addresses. */
async function read(
  url: string,
  {
    hosts = [`127.0.0.1:${port}`],
    limits = LIMITS,
    leads = {},
  }: { hosts?: string[]; limits?: typeof LIMITS; leads?: Record<string, string[]> } = {},
): Promise<string> {
  const look = ((name: string, _: object, tell: (error: Error | null, found: object[]) => void) =>
    tell(
      null,
      leads[name].map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as typeof lookup
  const urls = allowedUrls(hosts, limits, look)
  try {
    return new TextDecoder().decode(await urls.load(url, never))
  } catch (error) {
    return (error as Error).message
  } finally {
    await urls.close()
  }
}

describe('a URL', () => {
  const of = (path: string) => `http://127.0.0.1:${port}${path}`

  it('is read, also where it leads on', async () => {
    expect([await read(of('/good')), await read(of('/on'))]).toEqual(['picture', 'picture'])
  })

  it.each([
    ['/missing', 'the server answered 404'],
    ['/gzip', 'compressed'],
    ['/large', 'more than 1000 bytes'],
    ['/endless', 'more than 1000 bytes'],
    ['/round', 'more than 5 times'],
    ['/to?file:///etc/passwd', 'leads on, and there it is not a URL of http'],
    ['/to?http://10.0.0.1/', 'leads on, and there 10.0.0.1 is not among the hosts'],
    ['/to?http://[::ffff:127.0.0.1]:1/', 'not among the hosts'],
    ['/to?//169.254.169.254/latest', '169.254.169.254 is not among the hosts'],
    ['/to?http://', 'leads to what is no URL'],
  ])('of %s is refused', async (path, why) => {
    const error = await read(of(path))
    expect(error).toContain(`${of(path)}: the URL cannot be read; got `)
    expect(error).toContain(why)
  })

  it('is refused where its server breaks off, or takes too long', async () => {
    expect(await read(of('/broken'))).toContain('cannot be read')
    expect(await read(of('/silent'), { limits: { bytes: 10, seconds: 0.2 } })).toContain(
      'not all of it in 0.2 s',
    )
  })

  it('of a name that is allowed is not connected to where that leads to a private address', async () => {
    const before = asked.length
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '::1']) {
      const options = { hosts: [`cells.example:${port}`], leads: { 'cells.example': ['8.8.8.8', address] } }
      expect(await read(`http://cells.example:${port}/good`, options)).toContain(
        `cells.example leads to ${address}, which is not an address of the internet`,
      )
    }
    expect(asked).toHaveLength(before)
    // The operator allows the address as well.
    const options = {
      hosts: [`cells.example:${port}`, `127.0.0.1:${port}`],
      leads: { 'cells.example': ['127.0.0.1'] },
    }
    expect(await read(`http://cells.example:${port}/good`, options)).toBe('picture')
  })
})

describe('hosts that are allowed', () => {
  it.each([
    ['http://cells.example/a.png', undefined],
    ['https://CELLS.example:443/a.png', undefined],
    ['http://cells.example:8080/', 'cells.example:8080 is not among'],
    ['http://cells.example./', 'cells.example. is not among'],
    ['http://a.cells.example/', 'a.cells.example is not among'],
    ['http://cells.example@127.0.0.1/', 'name or password'],
    ['http://user:pass@cells.example/', 'name or password'],
    ['http://127.0.0.1:9/', undefined],
    ['http://127.1:9/', undefined],
    ['http://127.0.0.1/', '127.0.0.1 is not among'],
    ['http://2130706433:8/', '127.0.0.1:8 is not among'],
    ['http://0x7f000001/', '127.0.0.1 is not among'],
    ['http://0177.0.0.1/', '127.0.0.1 is not among'],
    ['http://[::ffff:127.0.0.1]:9/', '[::ffff:7f00:1]:9 is not among'],
    ['https://other.example/', undefined],
    ['file:///etc/passwd', 'not a URL of http'],
    ['data:image/png;base64,AA', 'not a URL of http'],
    ['ftp://cells.example/', 'not a URL of http'],
  ])('%s', (url, why) => {
    const { whyNot } = allowedHosts(['cells.example', 'OTHER.example:443', '127.0.0.1:9'])
    expect(whyNot(new URL(url)) ?? 'allowed').toContain(why ?? 'allowed')
  })

  it.each([
    '',
    '*',
    '*.example.org',
    'http://a.example',
    'a.example/b',
    'a@b',
    'a b',
    'a:0',
    'a:70000',
    '::1',
  ])('is not %j', (entry) => {
    expect(() => allowedHosts([entry])).toThrow('--allow-urls: not a host')
  })

  it('has private addresses with their port alone', () => {
    for (const entry of ['10.0.0.1', '[::1]', '2130706433']) {
      expect(() => allowedHosts([entry])).toThrow('needs its port')
    }
    const { mayConnect } = allowedHosts(['10.0.0.1:80', '[0:0::1]:81'])
    expect([mayConnect('10.0.0.1', 80), mayConnect('10.0.0.1', 81), mayConnect('::1', 81)]).toEqual([
      ...[true, false, true],
    ])
    expect([mayConnect('8.8.8.8', 1), mayConnect('10.0.0.2', 80), mayConnect('name', 80)]).toEqual([
      ...[true, false, false],
    ])
  })
})
