/** What `examples/serve` says agrees with the command line and the server. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { serveCommand } from '../src/cli/serve.ts'
import { OPERATIONS } from '../src/server/api-operations.ts'

const FOLDER = resolve(import.meta.dirname, '..', 'examples', 'serve')
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

/** The flags of a line for `serve`, which has to take them. */
async function flagsOf(line: readonly string[]): Promise<Record<string, unknown>> {
  const command = serveCommand({ signal: new AbortController().signal, fail: () => {} })
  let flags = {}
  command.action((given) => {
    flags = given
  })
  await command.exitOverride().parseAsync(line, { from: 'user' })
  return flags
}

/** Instructions of a Dockerfile, continued lines as one. */
function instructions(): { name: string; rest: string }[] {
  const lines = read('Dockerfile').replace(/\\\n/g, '').split('\n')
  return lines
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => ({ name: line.split(' ')[0], rest: line.slice(line.indexOf(' ') + 1).trim() }))
}

it('the image runs serve as somebody without rights, on the port it tells, and asks whether it is ready', async () => {
  const all = instructions()
  const one = (wanted: string) => all.filter(({ name }) => name === wanted).at(-1)!.rest
  const stages = all.filter(({ name }) => name === 'FROM').map(({ rest }) => rest)
  expect(stages).toHaveLength(2)
  const last = all.slice(all.findLastIndex(({ name }) => name === 'FROM'))
  expect(last.map(({ name }) => name)).not.toContain('RUN')
  expect(one('USER')).toBe('node')
  const [program, script, command, ...fixed] = JSON.parse(one('ENTRYPOINT'))
  expect([program, script, command]).toEqual([
    'node',
    '/app/node_modules/maskwright/bin/maskwright.js',
    'serve',
  ])
  const flags = await flagsOf([...fixed, ...JSON.parse(one('CMD'))])
  expect(flags).toMatchObject({ host: '0.0.0.0', port: Number(one('EXPOSE')), model: ['nuclei'] })
  const [, path] = /http:\/\/127\.0\.0\.1:8080(\/[\w/]+)/.exec(one('HEALTHCHECK'))!
  expect(OPERATIONS).toHaveProperty([`GET ${path}`])
  for (const { name, rest } of all)
    if (name === 'RUN') expect(rest).toMatch(/npm (ci|install) --ignore-scripts/)
  expect(read('Dockerfile.dockerignore').split('\n')).toContain('node_modules')
})

it('the pods run serve with flags it has, and are asked on paths it has', async () => {
  const documents = parseAllDocuments(read('kubernetes.yaml'))
  expect(documents.flatMap(({ errors }) => errors)).toEqual([])
  const [deployment, service] = documents.map((document) => document.toJS())
  expect([deployment.kind, service.kind]).toEqual(['Deployment', 'Service'])
  const { spec } = deployment.spec.template
  const [container] = spec.containers
  const flags = await flagsOf(container.args)
  expect(container.ports).toEqual([{ name: 'http', containerPort: flags.port }])
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
    expect(OPERATIONS, probe).toHaveProperty([`GET ${container[probe].httpGet.path}`])
    expect(container[probe].httpGet.port).toBe('http')
  }
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(2 * (flags.timeout as number))
  expect(deployment.spec.selector.matchLabels).toEqual(deployment.spec.template.metadata.labels)
  expect(service.spec.selector).toEqual(deployment.spec.template.metadata.labels)
  expect(spec.securityContext.runAsNonRoot).toBe(true)
  expect(container.resources.limits.memory).toBeDefined()
})

it('the unit runs serve with flags it has', async () => {
  const [, line] = /^ExecStart=(.*)$/m.exec(read('maskwright.service'))!
  const [program, command, ...flags] = line.split(' ')
  expect([program, command]).toEqual(['/usr/local/bin/maskwright', 'serve'])
  expect(await flagsOf(flags)).toMatchObject({ model: ['nuclei'], host: '127.0.0.1' })
})

const analyze = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].find((path) => existsSync(path))
it.skipIf(!analyze)(
  `the unit is one that systemd takes${analyze ? '' : ' (skipped: there is no systemd-analyze)'}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'maskwright-unit-'))
    try {
      const unit = join(folder, 'maskwright.service')
      // The program has to exist where the unit is looked at.
      writeFileSync(unit, read('maskwright.service').replace('/usr/local/bin/maskwright', process.execPath))
      const said = execFileSync(analyze!, ['verify', unit], { encoding: 'utf8', stdio: 'pipe' })
      expect(said).toBe('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
