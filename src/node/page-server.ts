import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { refusedAddress } from './refused-address.ts'

/** A page that is looked at while it changes, for browsers on this machine. */
export interface PageServer {
  readonly url: string
  /** What is seen from now on. */
  show(page: string): void
  close(): Promise<void>
}

/** Asks for the version of the page, and shows the page anew where it has changed, scrolled as it was; once nobody answers it stays as it is. */
const FRAME = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Training</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>html, body, iframe { margin: 0; border: 0; width: 100%; height: 100%; display: block; }</style>
<iframe title="Report of the training"></iframe>
<script>
const frame = document.querySelector('iframe')
let seen
const look = async () => {
  const answer = await fetch('version').catch(() => undefined)
  const version = await answer?.text()
  if (version === undefined || version === seen) return
  const y = frame.contentWindow.scrollY
  seen = version
  frame.onload = () => frame.contentWindow.scrollTo(0, y)
  frame.src = 'page?' + version
}
look()
setInterval(look, 2000)
</script>
</html>
`
const NOTHING_YET =
  '<!doctype html><html lang="en"><meta charset="utf-8"><p>No step has been logged yet.</p></html>'

/** Serves on 127.0.0.1; port 0 takes any that is free. Throws `ConfigError` for a port that cannot be had. */
export async function openPageServer(port: number): Promise<PageServer> {
  let page = NOTHING_YET
  let version = 0
  const server = createServer(({ url = '', method }, answer) => {
    const [path] = url.split('?')
    if (method !== 'GET') return send(answer, 405, 'text/plain', 'only GET')
    if (path === '/') return send(answer, 200, 'text/html', FRAME)
    if (path === '/page') return send(answer, 200, 'text/html', page)
    if (path === '/version') return send(answer, 200, 'text/plain', `${version}`)
    send(answer, 404, 'text/plain', 'there is no such page')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        refusedAddress(error, {
          where: `--watch ${port}`,
          hint: 'Choose another port, or leave the number out',
        }),
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  // The training lasts as long as it lasts, not as long as somebody looks.
  server.unref()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    show: (newest) => {
      page = newest
      version++
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function send(answer: ServerResponse, status: number, type: string, text: string): void {
  answer.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
  answer.end(text)
}
