import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { loadText } from './files.ts'

/** uPlot's script (which defines the global `uPlot`), its style, and its licence, to be put into a page. */
export async function loadPlotAssets(): Promise<{ script: string; style: string; licence: string }> {
  const folder = dirname(createRequire(import.meta.url).resolve('uplot/package.json'))
  const [script, style, licence] = await Promise.all(
    ['dist/uPlot.iife.min.js', 'dist/uPlot.min.css', 'LICENSE'].map((file) => loadText(join(folder, file))),
  )
  return { script, style, licence }
}
