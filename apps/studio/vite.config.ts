import { cp, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RUNTIME = join(ROOT, 'node_modules/onnxruntime-web/dist')

/** ONNX Runtime's WebAssembly, beside the page: that of the processor, and that with WebGPU. It is asked for when a model is. */
function runtimeBesidePage(): Plugin {
  let folder: string
  return {
    name: 'runtime-beside-page',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = resolve(root, build.outDir)
    },
    writeBundle: async () => {
      await mkdir(join(folder, 'runtime'), { recursive: true })
      for (const name of ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify']) {
        for (const ending of ['mjs', 'wasm']) {
          await cp(join(RUNTIME, `${name}.${ending}`), join(folder, 'runtime', `${name}.${ending}`))
        }
      }
    },
  }
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [runtimeBesidePage()],
  // The library without its WebAssembly, which is beside the page.
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
