import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  type Identifier,
  isCallExpression,
  isExportAssignment,
  isExportDeclaration,
  isIdentifier,
  isImportDeclaration,
  isStringLiteral,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { API, type Checker, type Symbol as TypeSymbol } from 'typescript/unstable/sync'

/** One import, export-from, `import()` or `import('...')` type. */
export interface ImportFact {
  readonly specifier: string
  /** Where it points, relative to the root with `/`, or the specifier itself for packages. */
  readonly target: string
  /** False when the statement leaves no trace in the emitted JavaScript. */
  readonly isValue: boolean
  readonly line: number
}

/** A name that only one platform's declarations provide. */
export interface GlobalFact {
  readonly name: string
  readonly platform: 'node' | 'web'
  readonly line: number
}

/** What the architecture's law is about, per file. */
export interface SourceFacts {
  /** Relative to the root, with `/`. */
  readonly file: string
  readonly lines: number
  readonly imports: readonly ImportFact[]
  readonly globals: readonly GlobalFact[]
  readonly hasDefaultExport: boolean
  /** Whether it says `export *`. */
  readonly exportsAll: boolean
}

/** Declared in lib.dom.d.ts alone, yet part of every JavaScript engine we run on. */
const UNIVERSAL_GLOBALS = new Set(['WebAssembly'])

/**
 * Reads every TypeScript file of the project at `root` (`config` decides which) with the compiler itself,
 * so strings, comments and local names that look like imports or globals do not count.
 * `madeUp` (path relative to the root -> text) is a tree that exists only in memory; with it nothing under
 * `root` is read from disk, while packages still resolve from the folders above.
 */
export function readSourceFacts(
  root: string,
  madeUp?: Readonly<Record<string, string>>,
  config = 'tsconfig.json',
): SourceFacts[] {
  const api = new API({ cwd: root, fs: madeUp && memoryFiles(root, madeUp) })
  try {
    const configFile = path.join(root, config)
    const project = api.updateSnapshot({ openProjects: [configFile] }).getProject(configFile)
    if (!project || project.rootFiles.length === 0) throw new Error(`${configFile} names no files`)
    return project.rootFiles.map((fileName) => {
      const source = project.program.getSourceFile(fileName)
      if (!source) throw new Error(`the compiler did not read ${fileName}`)
      return factsOf(root, source, project.checker, madeUp?.[relative(root, fileName)])
    })
  } finally {
    api.close()
  }
}

function factsOf(root: string, source: SourceFile, checker: Checker, text?: string): SourceFacts {
  const file = relative(root, source.fileName)
  const lineOf = (node: Node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
  const identifiers: Identifier[] = []
  let hasDefaultExport = false
  let exportsAll = false
  const visit = (node: Node): void => {
    if (isIdentifier(node)) identifiers.push(node)
    if (isExportAssignment(node) || node.kind === SyntaxKind.DefaultKeyword) {
      hasDefaultExport ||= isExportAssignment(node) || node.parent.parent === source
    }
    exportsAll ||= isExportDeclaration(node) && node.exportClause === undefined
    node.forEachChild(visit)
  }
  visit(source)

  const imports: ImportFact[] = []
  for (const node of source.imports) {
    if (!isStringLiteral(node)) continue
    const target = node.text.startsWith('.')
      ? path.posix.join(path.posix.dirname(file), node.text)
      : node.text
    imports.push({ specifier: node.text, target, isValue: isValueImport(node.parent), line: lineOf(node) })
  }

  const globals: GlobalFact[] = []
  checker.getSymbolAtLocation(identifiers).forEach((symbol, index) => {
    const platform = symbol && platformOf(symbol)
    const node = identifiers[index]
    if (platform && !UNIVERSAL_GLOBALS.has(node.text)) {
      globals.push({ name: node.text, platform, line: lineOf(node) })
    }
  })
  const content = text ?? readFileSync(source.fileName, 'utf8')
  return {
    file,
    lines: content.replace(/\n$/, '').split('\n').length,
    imports,
    globals,
    hasDefaultExport,
    exportsAll,
  }
}

/** With `verbatimModuleSyntax`, only `import type`, `export type` and `import('x')` types vanish. */
function isValueImport(statement: Node): boolean {
  if (isImportDeclaration(statement)) return statement.importClause?.phaseModifier !== SyntaxKind.TypeKeyword
  if (isExportDeclaration(statement)) return !statement.isTypeOnly
  return isCallExpression(statement)
}

/** The one platform whose declarations provide a global; undefined for members, locals and names both provide. */
function platformOf(symbol: TypeSymbol): 'node' | 'web' | undefined {
  const parent = symbol.getParent()
  if (parent && parent.name !== '__global' && parent.escapedName !== '__global') return undefined
  const isDom = (file: string) => /\/lib\.(dom|webworker)[^/]*\.d\.ts$/.test(file)
  const isNode = (file: string) => file.includes('/node_modules/@types/node/')
  const files = symbol.declarations.map((declaration) => declaration.path)
  if (files.length === 0) return undefined
  if (files.every(isDom)) return 'web'
  return files.every(isNode) ? 'node' : undefined
}

function memoryFiles(root: string, files: Readonly<Record<string, string>>) {
  const byPath = new Map(Object.entries(files).map(([file, text]) => [path.join(root, file), text]))
  const isInside = (name: string) => name === root || name.startsWith(`${root}/`)
  return {
    readFile: (name: string) => (isInside(name) ? (byPath.get(name) ?? null) : undefined),
    fileExists: (name: string) => (isInside(name) ? byPath.has(name) : undefined),
    directoryExists: (name: string) =>
      isInside(name) ? [...byPath.keys()].some((file) => file.startsWith(`${name}/`)) : undefined,
    getAccessibleEntries: (folder: string) => {
      if (!isInside(folder)) return undefined
      const below = [...byPath.keys()].filter((file) => file.startsWith(`${folder}/`))
      const parts = below.map((file) => file.slice(folder.length + 1).split('/'))
      return {
        files: parts.filter((part) => part.length === 1).map((part) => part[0]),
        directories: [...new Set(parts.filter((part) => part.length > 1).map((part) => part[0]))],
      }
    },
  }
}

function relative(root: string, fileName: string): string {
  return path.relative(root, fileName).split(path.sep).join('/')
}
