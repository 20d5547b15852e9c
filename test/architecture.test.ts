import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  appViolations,
  floorViolations,
  importCycles,
  LINE_LIMIT,
  namingViolations,
  platformViolations,
  sizeViolations,
  undeclaredPackages,
} from './architecture/law.ts'
import { readSourceFacts, type SourceFacts } from './architecture/source-facts.ts'

const ROOT = path.resolve(import.meta.dirname, '..')

/** Files that may be longer than the limit, each with the reason. */
const LONG_FILES: Readonly<Record<string, string>> = {}

describe('the house as it stands', () => {
  const all = readSourceFacts(ROOT)
  const house = all.filter(({ file }) => /^(src|test)\//.test(file))

  it('was read: the ground is there and its imports were seen', () => {
    const tensor = house.find(({ file }) => file === 'src/tensor/tensor.ts')
    expect(tensor?.imports.map(({ target }) => target)).toContain('src/errors.ts')
  })
  it('imports from lower floors only', () => expect(floorViolations(house)).toEqual([]))
  it('has no import cycles', () => expect(importCycles(house)).toEqual([]))
  it('names a platform only where that platform lives', () => expect(platformViolations(house)).toEqual([]))
  it('imports declared packages only', () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
    expect(undeclaredPackages(house, Object.keys(dependencies))).toEqual([])
  })
  it('says what is inside by its names', () => expect(namingViolations(house)).toEqual([]))
  it(`keeps files within ${LINE_LIMIT} lines`, () => expect(sizeViolations(house, LONG_FILES)).toEqual([]))
})

/** Facts of a tree that exists only here; each checker below must see what was planted in it. */
function madeUp(files: Readonly<Record<string, string>>): SourceFacts[] {
  const tsconfig = '{ "extends": "../tsconfig.json", "include": ["**/*.ts"] }'
  return readSourceFacts(path.join(ROOT, 'made-up'), { 'tsconfig.json': tsconfig, ...files })
}

describe('the pages as they stand', () => {
  const pages = readSourceFacts(ROOT, undefined, 'apps/studio/tsconfig.json').filter(({ file }) =>
    file.startsWith('apps/'),
  )

  it('were read', () => {
    const board = pages.find(({ file }) => file === 'apps/studio/src/board/colors.ts')
    expect(board?.imports.map(({ target }) => target)).toContain('src/predict/colors.ts')
  })
  it('see what browsers can run', () => expect(appViolations(pages)).toEqual([]))
  it('have no import cycles', () => expect(importCycles(pages)).toEqual([]))
  it('say what is inside by their names', () => expect(namingViolations(pages)).toEqual([]))
  it(`keep files within ${LINE_LIMIT} lines`, () => expect(sizeViolations(pages, {})).toEqual([]))
})

describe('the checkers', () => {
  it('finds what a page may not see', () => {
    const sources = madeUp({
      'apps/album/page.ts':
        "import '../../src/tensor/shape.ts'\nimport '../../src/web/files.ts'\nimport '../../src/errors.ts'\n" +
        "import '../../src/node/session.ts'\nimport '../../src/cli/main.ts'\nimport '../../src/index.ts'\nimport 'node:fs'\n",
    })
    expect(appViolations(sources)).toEqual([
      'apps/album/page.ts:4: a page may not see src/node/session.ts',
      'apps/album/page.ts:5: a page may not see src/cli/main.ts',
      'apps/album/page.ts:6: a page may not see src/index.ts',
      'apps/album/page.ts:7: a page may not see node:fs',
    ])
  })

  it('sees every form of import, and tells types from values', () => {
    const [a] = madeUp({
      'src/tensor/a.ts': [
        "import { one } from './b.ts'",
        "import type { Two } from './b.ts'",
        "export { one as three } from './b.ts'",
        "export type { Two as Four } from './b.ts'",
        "export const five = await import('./b.ts')",
        "export type Six = import('./b.ts').Two",
        "// import x from './comment.ts'",
        "export const seven = `import y from './string.ts'` + one",
        'export type { Two as Eight }',
      ].join('\n'),
      'src/tensor/b.ts': 'export const one = 1\nexport type Two = 2\n',
    })
    expect(a.imports.map(({ line, target, isValue }) => [line, target, isValue])).toEqual([
      [1, 'src/tensor/b.ts', true],
      [2, 'src/tensor/b.ts', false],
      [3, 'src/tensor/b.ts', true],
      [4, 'src/tensor/b.ts', false],
      [5, 'src/tensor/b.ts', true],
      [6, 'src/tensor/b.ts', false],
    ])
    expect(a.lines).toBe(9)
  })

  it('refuses imports upwards, sideways, of annexes, of entries and of tests', () => {
    const none = 'export {}\n'
    const violations = floorViolations(
      madeUp({
        'src/errors.ts': none,
        'src/index.ts': "export * from './models/fcos.ts'\nexport * from './node/session.ts'\n",
        'src/tensor/shape.ts': "import '../errors.ts'\n",
        'src/graph/value.ts': "import '../tensor/shape.ts'\nimport './dim.ts'\n",
        'src/graph/dim.ts': "import type {} from '../ops/conv.ts'\n",
        'src/data/loader.ts': "import '../graph/value.ts'\n",
        'src/ops/conv.ts': "import '../graph/value.ts'\nimport '../node/session.ts'\n",
        'src/ops/conv.test.ts': "import '../node/session.ts'\nimport '../models/fcos.ts'\n",
        'src/models/fcos.ts': "import '../index.ts'\nimport '../ops/conv.test.ts'\n",
        'src/node/session.ts':
          "import '../data/loader.ts'\nimport '../models/fcos.ts'\nimport '../web/files.ts'\n",
        'src/web/files.ts': none,
        'src/cli/main.ts':
          "import '../node/session.ts'\nimport '../models/fcos.ts'\nimport '../server/app.ts'\n",
        'src/server/app.ts': "import '../cli/main.ts'\n",
        'src/attic/box.ts': none,
      }),
    )
    expect(violations.toSorted()).toEqual([
      'src/attic/box.ts: the folder attic has no floor',
      'src/data/loader.ts:1: data and graph are on the same floor, 2 (src/graph/value.ts)',
      'src/graph/dim.ts:1: graph on floor 2 may not see ops on floor 4 (src/ops/conv.ts)',
      'src/models/fcos.ts:1: the house imports a public entry (src/index.ts)',
      'src/models/fcos.ts:2: the product imports a test (src/ops/conv.test.ts)',
      'src/node/session.ts:2: the annex node may not see floor 7 (src/models/fcos.ts)',
      'src/node/session.ts:3: node may not see the annex web (src/web/files.ts)',
      'src/ops/conv.ts:2: ops may not see the annex node (src/node/session.ts)',
      'src/server/app.ts:1: server on floor 11 may not see cli on floor 12 (src/cli/main.ts)',
    ])
  })

  it('finds a cycle of values, and one that a type closes', () => {
    const cycle = madeUp({
      'src/graph/a.ts': "import './b.ts'\n",
      'src/graph/b.ts': "import './c.ts'\n",
      'src/graph/c.ts': "import './a.ts'\n",
    })
    expect(importCycles(cycle)).toEqual([
      'src/graph/a.ts -> src/graph/b.ts -> src/graph/c.ts -> src/graph/a.ts',
    ])
    const ofTypes = madeUp({
      'src/graph/a.ts': "import './b.ts'\nexport type A = 1\n",
      'src/graph/b.ts': "import type { A } from './a.ts'\nexport type B = A\n",
    })
    expect(importCycles(ofTypes)).toEqual(['src/graph/a.ts -> src/graph/b.ts -> src/graph/a.ts'])
  })

  it('finds platform names outside their place, and no lookalikes', () => {
    const violations = platformViolations(
      madeUp({
        'src/models/a.ts': [
          "import { sep } from 'node:path'",
          "import 'sharp'",
          "import 'onnxruntime-node'",
          "import 'onnxruntime-common'",
          'export const gpu = navigator',
          'export const home = process.cwd() + sep',
          'export function size(image: ImageData) { return image.width }',
          // The same words as members, locals and strings, and names both platforms have.
          'const document = { window: 1 }',
          "export const fine = [document.window, 'navigator', new URL('a:b'), performance.now(), WebAssembly]",
        ].join('\n'),
        'src/node/a.ts': "import 'node:fs'\nimport 'sharp'\nexport const home = process.cwd()\n",
        'src/cli/a.ts': "import 'node:fs'\nimport 'sharp'\nexport const at = process.argv\n",
        'src/web/a.ts': "import 'onnxruntime-web'\nexport const page = document.body\n",
        'src/web/b.ts': "import 'node:fs'\nexport const home = process.cwd()\n",
      }),
    )
    expect(violations.toSorted()).toEqual([
      'src/cli/a.ts:2: names sharp',
      'src/models/a.ts:1: names node:path',
      'src/models/a.ts:2: names sharp',
      'src/models/a.ts:3: names onnxruntime-node',
      'src/models/a.ts:4: names onnxruntime-common',
      'src/models/a.ts:5: names navigator, which only web has',
      'src/models/a.ts:6: names process, which only node has',
      'src/models/a.ts:7: names ImageData, which only web has',
      'src/web/b.ts:1: names node:fs',
      'src/web/b.ts:2: names process, which only node has',
    ])
  })

  it('finds packages nobody declared', () => {
    const sources = madeUp({
      'src/data/a.ts': "import 'zod/v4'\nimport '@scope/deep/inside'\nimport 'node:fs'\nimport 'chalk'\n",
      'src/data/a.test.ts': "import 'vitest'\n",
    })
    expect(undeclaredPackages(sources, ['zod', '@scope/deep'])).toEqual([
      'src/data/a.ts:4: chalk is not in dependencies',
    ])
  })

  it('refuses names that say nothing, index.ts inside the house, and default exports', () => {
    const fine = 'export const a = 1\n'
    const sources = madeUp({
      'src/index.ts': fine,
      'src/graph/index.ts': fine,
      'src/graph/dim-utils.ts': fine,
      'src/nn/core/conv.ts': fine,
      'src/nn/maskHead.ts': fine,
      'src/nn/init.ts': 'export default 1\n',
      'src/nn/linear.ts': 'export default function linear() {}\n',
      'src/nn/losses.ts': "export * from './init.ts'\n",
      'src/nn/norm.ts': "export function norm(a: number) { switch (a) { default: return 'scored' } }\n",
      'src/nn/conv.ort.test.ts': fine,
    })
    expect(namingViolations(sources).toSorted()).toEqual([
      'src/graph/dim-utils.ts: "utils" does not say what is inside',
      'src/graph/index.ts: index.ts inside the house',
      'src/nn/core/conv.ts: "core" does not say what is inside',
      'src/nn/init.ts: has a default export',
      'src/nn/linear.ts: has a default export',
      'src/nn/losses.ts: exports everything of another file',
      'src/nn/maskHead.ts: the name is not kebab-case',
    ])
  })

  it('counts lines, and asks for a reason both ways', () => {
    const lines = (count: number) => 'export {}\n'.repeat(count)
    const sources = madeUp({
      'src/graph/full.ts': lines(LINE_LIMIT),
      'src/graph/over.ts': lines(LINE_LIMIT + 1),
      'src/graph/table.ts': lines(LINE_LIMIT + 50),
    })
    const reason = 'a table, one line a row'
    expect(sizeViolations(sources, { 'src/graph/table.ts': reason, 'src/graph/full.ts': reason })).toEqual([
      'src/graph/over.ts: 401 lines, the limit is 400',
      'src/graph/full.ts: is listed as an exception and is not over the limit',
    ])
  })
})
