import { createSecureContext } from 'node:tls'
import { ConfigError } from '../errors.ts'
import { loadFile } from './files.ts'

/** A certificate and its key, as texts in PEM. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** Reads both. Throws `ConfigError` for files that are no certificate and no key, and for a key of another certificate. */
export async function loadTlsFiles(certFile: string, keyFile: string): Promise<TlsFiles> {
  const [cert, key] = await Promise.all(
    [certFile, keyFile].map(async (file) => new TextDecoder().decode(await loadFile(file))),
  )
  requireUsable({ cert }, 'this is no certificate', { where: certFile, expected: 'a certificate in PEM' })
  requireUsable({ key }, 'this is no key', { where: keyFile, expected: 'a key in PEM, without a password' })
  requireUsable({ cert, key }, 'the key is not that of the certificate', {
    where: keyFile,
    expected: `the key of ${certFile}`,
  })
  return { cert, key }
}

function requireUsable(
  parts: Partial<TlsFiles>,
  what: string,
  told: { readonly where: string; readonly expected: string },
): void {
  try {
    createSecureContext(parts)
  } catch (cause) {
    throw new ConfigError(what, told, { cause })
  }
}
