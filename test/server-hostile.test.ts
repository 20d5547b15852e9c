/** A part of `benchmarks/hostile.ts`: one request of each kind, and the connections that have to be ended. */
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { attack, isRight, KIND_COUNT, tryAttack } from '../benchmarks/hostile/attacks.ts'
import { slowAttacks } from '../benchmarks/hostile/slow.ts'
import { encodePng } from '../src/node/decode-image.ts'
import { type ThinServer, thinServer } from './thin-server.ts'

const pixels = Uint8Array.from({ length: 72 * 64 * 3 }, (_, i) => (i * 7) % 251)
const png = Uint8Array.from(await encodePng({ data: pixels, width: 72, height: 64 }))

let server: ThinServer
beforeAll(async () => {
  server = await thinServer({ seconds: 3 })
})
afterAll(() => server?.close())

async function goodAnswer(): Promise<string> {
  const answer = await fetch(`${server.url}/predict?score=0.02`, { method: 'POST', body: png })
  return (await answer.text()).replace(/"milliseconds":[\d.]+,/, '')
}

it('answers hostile requests of every kind rightly, and good ones as before', async () => {
  const wanted = await goodAnswer()
  expect(JSON.parse(wanted).images[0].instances.length).toBeGreaterThan(0)
  const numbers = Array.from({ length: KIND_COUNT }, (_, i) => i)
  const outcomes = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const own = []
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
        own.push(await tryAttack(server.url, attack(number)))
      }
      return own
    }),
  )
  const wrong = outcomes.flat().filter((outcome) => !isRight(outcome))
  expect(wrong.map((outcome) => [outcome.attack.kind, outcome.attack.expected, outcome.statuses])).toEqual([])
  expect(await goodAnswer()).toBe(wanted)
})

it('ends requests that do not end, of headers and of bodies', async () => {
  const attacks = slowAttacks(5, 10)
  const outcomes = await Promise.all(attacks.map((made) => tryAttack(server.url, made)))
  expect(outcomes.map(({ statuses }) => statuses)).toEqual(attacks.map(() => [408]))
})

it('answers the next request of a connection whose last body was not read', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (method: string, path: string, type: string, body: Uint8Array) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': type }
      const asked = httpRequest(`${server.url}${path}`, { agent, method, headers }, (answer) =>
        answer.resume().on('end', () => resolve([answer.statusCode, asked.reusedSocket])),
      )
      asked.on('error', reject).end(body)
    })
  const body = new Uint8Array(400_000)
  expect(await ask('POST', '/predict', 'multipart/form-data', body)).toEqual([400, false])
  expect(await ask('POST', '/nowhere', 'image/png', body)).toEqual([404, true])
  expect(await ask('GET', '/v2', 'text/plain', new Uint8Array())).toEqual([200, true])
  agent.destroy()
})

it('refuses what is no HTTP in the form of every refusal', async () => {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write('x\r\n\r\n'))
    let all = ''
    socket.on('data', (chunk) => {
      all += chunk
    })
    socket.on('close', () => resolve(all)).on('error', reject)
  })
  const [head, body] = text.split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1.1 400 [\s\S]*x-request-id: [0-9a-f-]{36}/)
  expect(JSON.parse(body)).toEqual({ error: 'this is no request of HTTP', request_id: expect.any(String) })
})
