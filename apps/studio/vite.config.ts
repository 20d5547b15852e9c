import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RUNTIME = join(ROOT, 'node_modules/onnxruntime-web/package.json')

/** The worker that keeps the page for the time without a network, with the files and the version of this build. */
function offlineWorker(): Plugin {
  return {
    name: 'offline-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      async handler(_, bundle) {
        const built = Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name))
        const version = createHash('sha256').update(built.sort().join()).digest('hex').slice(0, 16)
        const { version: runtime } = JSON.parse(await readFile(RUNTIME, 'utf8'))
        const constants = { VERSION: version, RUNTIME: runtime, FILES: ['./', ...built] }
        const lines = Object.entries(constants).map(
          ([name, value]) => `const ${name} = ${JSON.stringify(value)}\n`,
        )
        const worker = await readFile(join(import.meta.dirname, 'service-worker.js'), 'utf8')
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: lines.join('') + worker })
      },
    },
  }
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [offlineWorker()],
  // The library without its WebAssembly, which lies beside the page as it is served.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  worker: { format: 'es' },
  build: {
    outDir: join(ROOT, 'dist/studio-page'),
    emptyOutDir: true,
    target: 'es2023',
    // The page's policy lets in nothing that is written into it.
    assetsInlineLimit: 0,
    // Those of the libraries that are in it.
    license: { fileName: 'licenses.md' },
    modulePreload: { polyfill: false },
  },
})
