import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tsImport } from 'tsx/esm/api'
import { ConfigError } from '../errors.ts'
import { loadJson } from './files.ts'
import { regularSize } from './regular-file.ts'

const MODULES: readonly string[] = ['.ts', '.mts', '.js', '.mjs']

/**
 * What a configuration file says, unchecked: the value in a `.json`, or the export `config` of a module (`.ts`, `.mts`,
 * `.js`, `.mjs`). Throws `ConfigError` where the file is missing, fails to load or exports no `config`.
 */
export async function loadConfigFile(path: string): Promise<unknown> {
  if (!existsSync(path)) throw new ConfigError('there is no such file', { where: path })
  const ending = extname(path)
  if (ending === '.json') return loadJson(path)
  if (!MODULES.includes(ending)) {
    throw new ConfigError('not a configuration file', {
      where: path,
      expected: ['.json', ...MODULES].join(', '),
    })
  }
  const module = await loadModule(path)
  if ('config' in module) return module.config
  throw new ConfigError('the file does not export a configuration', {
    where: path,
    expected: '`export const config = { ... }`',
    got: Object.keys(module).length ? `exports ${Object.keys(module).join(', ')}` : 'no exports',
  })
}

async function loadModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  await regularSize(path)
  try {
    return await tsImport(pathToFileURL(resolve(path)).href, import.meta.url)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(
      'the file cannot be loaded',
      { where: path, got: message.replace(/\s+/g, ' ').trim() },
      { cause },
    )
  }
}
