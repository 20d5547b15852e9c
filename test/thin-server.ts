/** A server of a thin model, on a port of its own, for tests of what is said to it from outside. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AllowedUrls } from '../src/node/allowed-urls.ts'
import { loadServedModel } from '../src/server/served-model.ts'
import { openServer } from '../src/server/server.ts'
import { SERVER_LIMITS, type ServerLimits } from '../src/server/server-limits.ts'
import { thinModelFile } from './thin-model.ts'

export interface ThinServer {
  readonly url: string
  close(): Promise<void>
}

/** The model is called `thin`. */
export async function thinServer(
  limits: Partial<ServerLimits> = {},
  urls?: AllowedUrls,
): Promise<ThinServer> {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-thin-server-'))
  const file = join(folder, 'thin.safetensors')
  writeFileSync(file, thinModelFile())
  const all = { ...SERVER_LIMITS, ...limits }
  const model = await loadServedModel(file, 'thin', {
    ...{ device: 'cpu', workers: 1, threads: 1, imageLimits: all },
  })
  rmSync(folder, { recursive: true })
  const server = await openServer([model], {
    ...{ host: '127.0.0.1', port: 0, limits: all, urls, version: '1.2.3' },
    ...{ log: { write: () => {} }, residentBytes: () => 0 },
  })
  return {
    url: server.url,
    close: async () => {
      await server.close()
      await model.dispose()
    },
  }
}
