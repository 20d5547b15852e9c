import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Digest } from '../weights/published/published-weights.ts'
import { downloadFile, type FileDownload } from './download-file.ts'

const CONTENT = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const DIGEST: Digest = { algorithm: 'sha256', hex: sha256(CONTENT).slice(0, 8) }
const PATIENCE = { silence: 2_000, tries: [5, 5] }

type Handler = (request: IncomingMessage, response: ServerResponse) => void
let handler: Handler
let asked: IncomingMessage[] = []
const server = createServer((request, response) => {
  asked.push(request)
  handler(request, response)
})
let url: string
let folder: string
let target: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.pth`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = []
  handler = serve()
  folder = mkdtempSync(join(tmpdir(), 'maskwright-download-'))
  target = join(folder, 'a.pth')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Serving {
  readonly content?: Buffer
  readonly tag?: string
  /** Breaks off after so many bytes of the answer. */
  readonly cut?: number
  readonly ranges?: boolean
}

/** A server as RFC 9110 describes it: ranges, for as long as the tag is the one that is asked for. */
function serve({ content = CONTENT, tag = '"1"', cut, ranges = true }: Serving = {}): Handler {
  return ({ headers }, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1])
    const isPart = ranges && start >= 0 && headers['if-range'] === tag
    const body = isPart ? content.subarray(start) : content
    response.writeHead(isPart ? 206 : 200, {
      'content-length': body.length,
      ...(tag && { etag: tag }),
      ...(isPart && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    })
    if (cut === undefined) response.end(body)
    else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 30))
  }
}

/** One handler after the other; the last stays. */
function inTurn(...handlers: Handler[]): Handler {
  let next = 0
  return (request, response) => handlers[Math.min(next++, handlers.length - 1)](request, response)
}

const download = (options: FileDownload = { digest: DIGEST }) => downloadFile(url, target, options, PATIENCE)
const requireOnlyTheFile = () => {
  expect(readdirSync(folder)).toEqual(['a.pth'])
  expect(readFileSync(target).equals(CONTENT)).toBe(true)
}
const started = (content: Buffer, tag = '"1"') => {
  writeFileSync(`${target}.part`, content)
  writeFileSync(`${target}.part.json`, JSON.stringify({ url, validator: tag }))
}

describe('a download', () => {
  it('arrives, tells its bytes, and is not made twice', async () => {
    const onBytes = vi.fn()
    await download({ digest: DIGEST, onBytes })
    requireOnlyTheFile()
    expect(onBytes.mock.lastCall).toEqual([CONTENT.length, CONTENT.length])
    await download()
    expect(asked).toHaveLength(1)
  })

  it('goes on where the connection was cut', async () => {
    handler = inTurn(serve({ cut: 70_000 }), serve({ cut: 50_000 }), serve())
    const onRetry = vi.fn()
    await download({ digest: DIGEST, onRetry })
    requireOnlyTheFile()
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=70000-', 'bytes=120000-'])
    expect(onRetry).toHaveBeenCalledTimes(2)
  })

  it('goes on where an earlier call was ended by a signal', async () => {
    handler = serve({ cut: 70_000 })
    const end = new AbortController()
    const onRetry = () => end.abort(new Error('enough'))
    await expect(download({ signal: end.signal, onRetry })).rejects.toThrow('enough')
    expect(readdirSync(folder)).toEqual(['a.pth.part', 'a.pth.part.json'])
    handler = serve()
    await download()
    requireOnlyTheFile()
    expect(asked.at(-1)?.headers.range).toBe('bytes=70000-')
  })

  it('ends at once when a signal comes while bytes arrive', async () => {
    handler = (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length, etag: '"1"' })
      response.write(CONTENT.subarray(0, 1000))
    }
    const end = new AbortController()
    const onBytes = () => end.abort(new Error('enough'))
    await expect(download({ signal: end.signal, onBytes })).rejects.toThrow('enough')
    expect(readFileSync(`${target}.part`)).toHaveLength(1000)
  })

  it('starts over where the server has no ranges', async () => {
    handler = inTurn(serve({ cut: 70_000 }), serve({ ranges: false }))
    await download()
    requireOnlyTheFile()
    expect(asked[1].headers.range).toBe('bytes=70000-')
  })

  it('starts over where another file lies there by now', async () => {
    started(Buffer.alloc(70_000), '"of the other file"')
    await download()
    requireOnlyTheFile()
    expect(asked[0].headers['if-range']).toBe('"of the other file"')
  })

  it('asks for no range where the server has told nothing to know the file by', async () => {
    handler = inTurn(serve({ cut: 70_000, tag: '' }), serve({ tag: 'W/"weak"', cut: 80_000 }), serve())
    await download()
    requireOnlyTheFile()
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, undefined, undefined])
  })

  it('is finished where all had arrived before', async () => {
    started(CONTENT)
    handler = (_, response) => {
      response.writeHead(416, { 'content-range': `bytes */${CONTENT.length}` }).end()
    }
    await download()
    requireOnlyTheFile()
  })

  it('starts over where more had arrived than there is', async () => {
    started(Buffer.alloc(CONTENT.length + 1))
    const short: Handler = (_, response) => {
      response.writeHead(416, { 'content-range': `bytes */${CONTENT.length}` }).end()
    }
    handler = inTurn(short, serve())
    await download()
    requireOnlyTheFile()
  })

  it('is led elsewhere', async () => {
    handler = (request, response) => {
      if (request.url === '/b.pth') serve()(request, response)
      else response.writeHead(302, { location: '/b.pth' }).end()
    }
    await download()
    requireOnlyTheFile()
  })

  it('is asked for again after a failure of the server that may pass', async () => {
    const busy: Handler = (_, response) => response.writeHead(503).end()
    handler = inTurn(busy, busy, serve())
    await download()
    requireOnlyTheFile()
  })
})

describe('a download that fails', () => {
  it('says what the server answered, and where to put the file', async () => {
    handler = (_, response) => response.writeHead(404).end()
    await expect(download()).rejects.toThrow(
      `${url}: cannot be downloaded; got the server answered 404 Not Found. If the file has moved, download it and put it at ${target}`,
    )
    expect(asked).toHaveLength(1)
    handler = (_, response) => response.writeHead(500).end()
    await expect(download()).rejects.toThrow('the server answered 500 Internal Server Error. Offline, or')
    expect(asked).toHaveLength(1 + 3)
    expect(readdirSync(folder)).toEqual([])
  })

  it('says that nobody is there, and that nothing comes', async () => {
    const closed = 'http://127.0.0.1:9/a.pth'
    await expect(downloadFile(closed, target, {}, PATIENCE)).rejects.toThrow(
      /^http:\/\/127\.0\.0\.1:9\/a\.pth: cannot be downloaded; got .+\. Offline, or behind a proxy \(HTTPS_PROXY\)\?/,
    )
    handler = () => {}
    await expect(downloadFile(url, target, {}, { silence: 50, tries: [] })).rejects.toThrow(
      'got no answer in 0.05 s',
    )
  })

  it('refuses a web page, such as that of a hotel', async () => {
    handler = (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>')
    await expect(download({})).rejects.toThrow(`${url}: is not a file; expected weights, got a web page.`)
  })

  it('removes what is not the file that was published', async () => {
    const other = Buffer.from('other')
    handler = serve({ content: other })
    await expect(download()).rejects.toThrow(
      `${url}: is not the file that was published; expected sha256 ${DIGEST.hex}, got ${sha256(other).slice(0, 8)}. What came was removed.`,
    )
    expect(readdirSync(folder)).toEqual([])
  })

  it('leaves a wrong file that somebody put there', async () => {
    writeFileSync(target, 'other')
    await expect(download()).rejects.toThrow(`${target}: is not the file that was published;`)
    expect(readFileSync(target, 'utf8')).toBe('other')
    expect(asked).toHaveLength(0)
  })

  it('keeps what fits on the disk', async () => {
    const script = `
      import { downloadFile } from './src/node/download-file.ts'
      await downloadFile(${JSON.stringify(url)}, ${JSON.stringify(target)}).catch((error) => console.log(error.message))
    `
    const limited = 'ulimit -f 64 && exec "$0" --import tsx --input-type=module'
    const child = spawn('bash', ['-c', limited, process.execPath])
    child.stdin.end(script)
    let said = ''
    for await (const text of child.stdout) said += text
    expect(said).toBe(
      `${target}.part: cannot write the file: the file would be larger than allowed. Make room, or name another folder in MASKWRIGHT_CACHE; what has arrived stays\n`,
    )
    expect(readFileSync(`${target}.part`).equals(CONTENT.subarray(0, 65536))).toBe(true)
    await download()
    requireOnlyTheFile()
    expect(asked[1].headers.range).toBe('bytes=65536-')
  })

  it('asks for no more than the disk has room for', async () => {
    handler = (_, response) => {
      response.writeHead(200, { 'content-length': 2 ** 52 })
      response.write('x')
    }
    await expect(download()).rejects.toThrow(
      /a\.pth\.part: there is too little room on the disk; expected \d+ MB/,
    )
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('downloads of one file at once', () => {
  /** Answers only when told to, so that both calls are under way. */
  const slow = () => {
    let go = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    handler = async (request, response) => {
      await gate
      serve()(request, response)
    }
    return go
  }

  it('are one, in one process', async () => {
    const go = slow()
    const onWait = vi.fn(go)
    await Promise.all([download({ onWait }), download({ onWait })])
    requireOnlyTheFile()
    expect(onWait).toHaveBeenCalledTimes(1)
    expect(asked).toHaveLength(1)
  })

  it('are one, in two processes', async () => {
    const go = slow()
    const script = `
      import { downloadFile } from './src/node/download-file.ts'
      await downloadFile(${JSON.stringify(url)}, ${JSON.stringify(target)})
    `
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module'])
    child.stdin.end(script)
    const ended = new Promise((resolve) => child.on('close', resolve))
    await vi.waitFor(() => expect(existsSync(`${target}.lock`)).toBe(true), 20_000)
    await download({ onWait: go })
    expect(await ended).toBe(0)
    requireOnlyTheFile()
    expect(asked).toHaveLength(1)
  }, 30_000)

  it('wait no longer when a signal comes', async () => {
    const go = slow()
    const first = download()
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    const end = new AbortController()
    await expect(download({ signal: end.signal, onWait: () => end.abort() })).rejects.toThrow('aborted')
    go()
    await first
    requireOnlyTheFile()
  })

  it('do not wait for one that was killed', async () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    writeFileSync(`${target}.lock`, JSON.stringify({ host: hostname(), process: gone }))
    await download()
    writeFileSync(`${target}.lock`, JSON.stringify({ host: 'elsewhere', process: 1 }))
    const hourAgo = Date.now() / 1000 - 3600
    utimesSync(`${target}.lock`, hourAgo, hourAgo)
    await download()
    requireOnlyTheFile()
  })
})

describe('a proxy', () => {
  const proxied: string[] = []
  const proxy = createServer((request, response) => {
    proxied.push(request.url as string)
    serve()(request, response)
  })
  proxy.on('connect', (request, socket) => {
    proxied.push(request.url as string)
    const { port } = server.address() as AddressInfo
    const behind = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    socket.pipe(behind).pipe(socket)
    for (const end of [socket, behind]) end.on('error', () => {})
  })
  afterEach(() => vi.unstubAllEnvs())
  afterAll(() => {
    proxy.closeAllConnections()
    proxy.close()
  })

  it('is used where the environment names one', async () => {
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
    vi.stubEnv('NO_PROXY', '127.0.0.1')
    await downloadFile('http://weights.invalid/a.pth', target, { digest: DIGEST }, PATIENCE)
    requireOnlyTheFile()
    expect(proxied).toEqual([expect.stringContaining('weights.invalid')])
    await downloadFile(url, join(folder, 'b.pth'), { digest: DIGEST }, PATIENCE)
    expect(proxied).toHaveLength(1)
  })

  it('that is none is told', async () => {
    vi.stubEnv('HTTP_PROXY', 'proxy:port')
    await expect(download()).rejects.toThrow(
      'HTTP_PROXY or HTTPS_PROXY: the proxy that the environment names',
    )
  })
})

it('names the folder that cannot be made', async () => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'file'), '')
  await expect(downloadFile(url, join(folder, 'file', 'a.pth'))).rejects.toThrow('cannot make the folder')
})
