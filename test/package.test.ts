import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { hasChromium } from './browser/chromium.ts'
import { pageSays, placePage } from './browser/vite-page.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const MANIFEST = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
const ENTRIES: string[] = Object.keys(MANIFEST.exports).filter((entry) => !entry.endsWith('.json'))

/** What npm says when there is no way to the registry and its cache lacks something. */
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT/

/** The package as a stranger gets it: a fresh clone packed, then installed in an empty folder with nothing else around. */
describe('the packed package', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'maskwright-package-'))
  const clone = path.join(folder, 'clone')
  const home = path.join(folder, 'empty')
  const installed = path.join(home, 'node_modules', 'maskwright')
  let unreachable: string | undefined

  beforeAll(() => {
    // What is committed and nothing else; linked packages stand for `npm ci`.
    run('git', ['clone', '--quiet', ROOT, clone], folder)
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(clone, 'node_modules'))
    // What CI has built of the same files need not be built again.
    const isBuilt = process.env.MASKWRIGHT_TESTED === 'build'
    if (isBuilt) cpSync(path.join(ROOT, 'dist'), path.join(clone, 'dist'), { recursive: true })
    run('npm', ['pack', '--pack-destination', folder, ...(isBuilt ? ['--ignore-scripts'] : [])], clone)
    const [filename] = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
    mkdirSync(home)
    writeFileSync(
      path.join(home, 'package.json'),
      '{ "name": "stranger", "private": true, "type": "module" }\n',
    )
    const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
    try {
      run('npm', ['install', ...flags, path.join(folder, filename)], home)
    } catch (error) {
      unreachable = UNREACHABLE.exec(String(error))?.[0]
      if (!unreachable) throw error
    }
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function needsInstallation({ skip }: TestContext): void {
    if (unreachable) skip(`npm could not reach its registry (${unreachable})`)
  }

  it('answers npx maskwright --help', (context) => {
    needsInstallation(context)
    expect(run('npx', ['--no-install', 'maskwright', '--help'], home)).toMatch(/maskwright[\s\S]*predict/)
  })

  // The entry for browsers needs a browser; that its files are there is checked below.
  it('gives names to import from every entry', (context) => {
    needsInstallation(context)
    const entries = ENTRIES.filter((entry) => entry !== './web')
    const specifiers = JSON.stringify(entries.map((entry) => path.posix.join('maskwright', entry)))
    const script = `for (const one of ${specifiers}) console.log(one, Object.keys(await import(one)).length)`
    const told = run('node', ['--input-type=module', '-e', script], home).trimEnd().split('\n')
    expect(told).toHaveLength(entries.length)
    for (const line of told) expect(line).toMatch(/^maskwright\S* [1-9]\d*$/)
  })

  it.for([
    ['first.mjs', 'node'],
    ['first.mts', 'npx', '--no-install', 'tsx'],
  ])('runs the first lines of its README as %s', ([name, program, ...flags], context) => {
    needsInstallation(context)
    const readme = readFileSync(path.join(installed, 'README.md'), 'utf8')
    const [, lines] = /```ts\n(import \{ Detector \}[\s\S]*?)```/.exec(readme)!
    writeFileSync(path.join(home, name), lines)
    const picture = path.join(installed, 'models', 'demo-images', 'fluorescence-small.png')
    cpSync(picture, path.join(home, 'cells.png'))
    // Every object starts a line; a box takes several.
    const told = run(program, [...flags, name], home)
    expect(told.match(/^nucleus 0\.\d+ \[/gm)!.length).toBeGreaterThan(5)
  })

  it.for([
    ['own-op.ts', [], /^(gradient at \d: (-?\d\.\d{3}), by differences \2\n){3}$/],
    ['own-model.ts', ['3'], /^step 1: loss \d+\.\d+, of which fill 0\.\d+\ndisc: .*\nlozenge: .*\n$/],
    ['own-data.ts', ['3'], /^3 steps, loss \d+\.\d+ -> \d+\.\d+\n/],
  ] as const)('runs its example %s', ([name, flags, told], context) => {
    needsInstallation(context)
    cpSync(path.join(installed, 'examples', 'library', name), path.join(home, name))
    expect(run('node', ['--import', 'tsx', name, ...flags], home)).toMatch(told)
  })

  it('runs its example of an exported file', (context) => {
    needsInstallation(context)
    cpSync(path.join(installed, 'examples', 'export', 'predict.mjs'), path.join(home, 'predict.mjs'))
    const picture = path.join(installed, 'models', 'demo-images', 'fluorescence-small.png')
    run(
      'npx',
      ['--no-install', 'maskwright', 'export', '--model', 'nuclei', '--paste', '--out', 'nuclei.onnx'],
      home,
    )
    expect(run('node', ['predict.mjs', 'nuclei.onnx', picture, 'found.png'], home)).toBe('19 found\n')
    expect(existsSync(path.join(home, 'found.png'))).toBe(true)
  })

  it('carries every file its manifest points to, and is built before it is packed', (context) => {
    expect(MANIFEST.scripts.prepack).toBe('npm run build')
    needsInstallation(context)
    const targets = [...leaves(MANIFEST.exports), ...leaves(MANIFEST.bin)]
    expect(targets.filter((target) => !existsSync(path.join(installed, target)))).toEqual([])
  })

  it('carries no sources and no tests', (context) => {
    needsInstallation(context)
    expect(existsSync(path.join(installed, 'src'))).toBe(false)
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    expect(files.filter((file) => file.includes('.test.') || file.startsWith('test/'))).toEqual([])
  })

  it.for(['nodenext', 'bundler'])(
    'has types that resolve under moduleResolution %s',
    (resolution, context) => {
      needsInstallation(context)
      const module = resolution === 'nodenext' ? 'nodenext' : 'esnext'
      const imports = ENTRIES.map(
        (entry, i) => `import * as e${i} from '${path.posix.join('maskwright', entry)}'`,
      )
      const names = ENTRIES.map((_, i) => `e${i}`).join(', ')
      writeFileSync(
        path.join(home, 'use.ts'),
        `${imports.join('\n')}\nexport const all: object[] = [${names}]\n`,
      )
      const flags = [
        '--noEmit',
        '--strict',
        '--target',
        'es2023',
        '--lib',
        'es2023,dom,dom.iterable,esnext.disposable',
      ]
      const types = ['--types', 'node', '--typeRoots', path.join(ROOT, 'node_modules', '@types')]
      const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
      const shape = ['--module', module, '--moduleResolution', resolution]
      expect(complaints(() => run('node', [tsc, ...flags, ...types, ...shape, 'use.ts'], home))).toEqual([])
    },
  )
  it.skipIf(!hasChromium).for(['dev', 'build'] as const)(
    'makes the page of the guide with an unconfigured Vite: %s',
    async (mode, context) => {
      needsInstallation(context)
      placePage(home)
      // 20 is what Node finds, and what a person counts; the two runtimes differ in the last bits.
      const says = await pageSays(home, mode, path.join(ROOT, 'models/demo-images/fluorescence-small.png'))
      expect(says).toMatch(/^(19|20|21) nuclei in [\d.]+ s$/)
    },
  )
})

/** The compiler's complaints about this package or its user; those inside other packages are not ours. */
function complaints(compile: () => string): string[] {
  try {
    compile()
    return []
  } catch (error) {
    const lines = String(error).split('\n')
    const errors = lines.filter((line) => /error TS\d+/.test(line))
    if (errors.length === 0) throw error
    return errors.filter((line) => !/^node_modules\/(?!maskwright\/)/.test(line))
  }
}

/** Standard output of a command; when it fails, an error with all it said. */
function run(command: string, args: readonly string[], cwd: string): string {
  try {
    // Vitest's own settings must not reach the commands under test.
    const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...env } = process.env
    return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 26 })
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
    throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`)
  }
}

/** Every string in a tree of strings. */
function leaves(tree: unknown): string[] {
  if (typeof tree === 'string') return [tree]
  return Object.values(tree as Record<string, unknown>).flatMap(leaves)
}
