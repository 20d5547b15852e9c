import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    outDir: fileURLToPath(new URL('../../dist/studio-page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // The page's policy lets in nothing that is written into it.
    assetsInlineLimit: 0,
    // Those of the libraries that are in it.
    license: { fileName: 'licenses.md' },
    modulePreload: { polyfill: false },
  },
})
