import type { SourceFacts } from './source-facts.ts'

/** Floors from the ground up. A folder may import from lower floors only; folders side by side never meet. */
export const FLOORS: readonly (readonly string[])[] = [
  ['tensor', 'names'],
  ['onnx', 'geometry', 'weights', 'runtime'],
  ['graph', 'data', 'tracking'],
  ['formats'],
  ['ops', 'evaluation', 'doctor', 'batch'],
  ['nn', 'autodiff', 'optim', 'quantization'],
  ['detection'],
  ['models'],
  ['predict'],
  ['report', 'client'],
  ['train'],
  ['server', 'studio'],
  ['cli'],
]

/** The platforms' side of the house: they see floors 0 to 4, and only apps, public entries and tests see them. */
export const ANNEXES: readonly string[] = ['node', 'web']
const HIGHEST_FLOOR_FOR_ANNEXES = 4
const APPS: readonly string[] = ['cli', 'server', 'studio']

/** Under every floor: the only file at the top of src that folders may import. */
const GROUND = 'src/errors.ts'

const FORBIDDEN_WORDS = /^(utils?|helpers?|common|misc|base|core|managers?)$/
const FILE_NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.tsx?$/

export const LINE_LIMIT = 400

/** Each checker answers with one sentence a violation, starting with the file; none when the law holds. */
export function floorViolations(sources: readonly SourceFacts[]): string[] {
  const violations: string[] = []
  for (const { file, imports } of productSources(sources)) {
    const folder = folderOf(file)
    if (folder !== undefined && placeOf(folder) === undefined) {
      violations.push(`${file}: the folder ${folder} has no floor`)
      continue
    }
    for (const { target, line } of imports) {
      if (!target.startsWith('src/')) continue
      const problem = importProblem(file, target)
      if (problem) violations.push(`${file}:${line}: ${problem} (${target})`)
    }
  }
  return violations
}

function importProblem(file: string, target: string): string | undefined {
  if (isTest(target)) return 'the product imports a test'
  const from = folderOf(file)
  const to = folderOf(target)
  if (target === GROUND) return undefined
  if (file === GROUND) return 'errors.ts imports nothing'
  // Public entries at the top of src open every door of the house.
  if (from === undefined) return undefined
  if (to === undefined) return 'the house imports a public entry'
  if (from === to) return undefined
  if (ANNEXES.includes(to)) return APPS.includes(from) ? undefined : `${from} may not see the annex ${to}`
  const floor = placeOf(to)
  if (floor === undefined) return `the folder ${to} has no floor`
  if (ANNEXES.includes(from)) {
    return floor <= HIGHEST_FLOOR_FOR_ANNEXES ? undefined : `the annex ${from} may not see floor ${floor}`
  }
  const own = FLOORS.findIndex((folders) => folders.includes(from))
  if (floor === own) return `${from} and ${to} are on the same floor, ${own}`
  return floor < own ? undefined : `${from} on floor ${own} may not see ${to} on floor ${floor}`
}

/** What a web app under apps/ may not see: the platform of Node, other apps, public entries, and tests. */
export function appViolations(sources: readonly SourceFacts[]): string[] {
  const violations: string[] = []
  for (const { file, imports } of sources) {
    if (!file.startsWith('apps/') || isTest(file)) continue
    for (const { target, line } of imports) {
      const folder = folderOf(target)
      const isOutside =
        target.startsWith('src/') && (folder === undefined ? target !== GROUND : !isForPages(folder))
      if (isOutside || isTest(target) || target.startsWith('node:')) {
        violations.push(`${file}:${line}: a page may not see ${target}`)
      }
    }
  }
  return violations
}

function isForPages(folder: string): boolean {
  return folder === 'web' || (!APPS.includes(folder) && !ANNEXES.includes(folder))
}

/** Files that reach themselves through imports, of types too; each cycle is told once. */
export function importCycles(sources: readonly SourceFacts[]): string[] {
  const edges = new Map(
    sources.map(({ file, imports }) => [file, [...new Set(imports.map((entry) => entry.target))]]),
  )
  const cycles: string[] = []
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (file: string): void => {
    const start = trail.indexOf(file)
    if (start >= 0) {
      cycles.push([...trail.slice(start), file].join(' -> '))
      return
    }
    if (done.has(file)) return
    trail.push(file)
    for (const target of edges.get(file) ?? []) visit(target)
    trail.pop()
    done.add(file)
  }
  for (const file of edges.keys()) visit(file)
  return cycles
}

/**
 * Node's modules belong to node/ and cli/; sharp and onnxruntime-node to node/; onnxruntime-web and the names only
 * browsers have to web/. The names only Node has (process, Buffer) follow Node's modules.
 */
export function platformViolations(sources: readonly SourceFacts[]): string[] {
  const violations: string[] = []
  for (const { file, imports, globals } of productSources(sources)) {
    const folder = folderOf(file)
    for (const { target, line } of imports) {
      const owners = packageOwners(target)
      if (owners && !owners.includes(folder ?? '')) violations.push(`${file}:${line}: names ${target}`)
    }
    for (const { name, platform, line } of globals) {
      const owners = platform === 'web' ? ['web'] : ['node', 'cli']
      if (!owners.includes(folder ?? ''))
        violations.push(`${file}:${line}: names ${name}, which only ${platform} has`)
    }
  }
  return violations
}

function packageOwners(target: string): readonly string[] | undefined {
  if (target.startsWith('node:')) return ['node', 'cli']
  if (/^(sharp|onnxruntime-node)(\/|$)/.test(target)) return ['node']
  if (/^onnxruntime-web(\/|$)/.test(target)) return ['web']
  return /^onnxruntime-/.test(target) ? ['node', 'web'] : undefined
}

/** Packages the product imports without asking for them in `dependencies`: an installed copy would lack them. */
export function undeclaredPackages(sources: readonly SourceFacts[], declared: readonly string[]): string[] {
  const violations: string[] = []
  for (const { file, imports } of productSources(sources)) {
    for (const { target, line } of imports) {
      if (target.startsWith('src/') || target.startsWith('node:')) continue
      const name = target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/')
      if (!declared.includes(name)) violations.push(`${file}:${line}: ${target} is not in dependencies`)
    }
  }
  return violations
}

/** Names: kebab-case, no word that says nothing, index.ts only as a public entry, no default exports in src, every exported name spelt out. */
export function namingViolations(sources: readonly SourceFacts[]): string[] {
  const violations: string[] = []
  for (const { file, hasDefaultExport, exportsAll } of sources) {
    const parts = file.split('/')
    const name = parts[parts.length - 1]
    if (!FILE_NAME.test(name)) violations.push(`${file}: the name is not kebab-case`)
    const words = parts.flatMap((part) => part.replace(/\.ts$/, '').split(/[-.]/))
    const forbidden = words.find((word) => FORBIDDEN_WORDS.test(word))
    if (forbidden) violations.push(`${file}: "${forbidden}" does not say what is inside`)
    if (name === 'index.ts' && parts.length > 2) violations.push(`${file}: index.ts inside the house`)
    if (hasDefaultExport && parts[0] === 'src') violations.push(`${file}: has a default export`)
    if (exportsAll && parts[0] === 'src') violations.push(`${file}: exports everything of another file`)
  }
  return violations
}

/** Files over the limit without a reason, and reasons nobody needs any more. */
export function sizeViolations(
  sources: readonly SourceFacts[],
  exceptions: Readonly<Record<string, string>>,
): string[] {
  const long = sources.filter(({ lines }) => lines > LINE_LIMIT)
  const needless = Object.keys(exceptions).filter((file) => !long.some((source) => source.file === file))
  return [
    ...long
      .filter(({ file }) => !exceptions[file])
      .map(({ file, lines }) => `${file}: ${lines} lines, the limit is ${LINE_LIMIT}`),
    ...needless.map((file) => `${file}: is listed as an exception and is not over the limit`),
  ]
}

function productSources(sources: readonly SourceFacts[]): SourceFacts[] {
  return sources.filter(({ file }) => file.startsWith('src/') && !isTest(file))
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts')
}

/** The folder directly under src, or undefined for files at its top. */
function folderOf(file: string): string | undefined {
  const parts = file.split('/')
  return parts.length > 2 ? parts[1] : undefined
}

/** The floor of a folder; annexes stand beside the highest floor they may see. */
function placeOf(folder: string): number | undefined {
  const floor = FLOORS.findIndex((folders) => folders.includes(folder))
  if (floor >= 0) return floor
  return ANNEXES.includes(folder) ? HIGHEST_FLOOR_FOR_ANNEXES + 1 : undefined
}
