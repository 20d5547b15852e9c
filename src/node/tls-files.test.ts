import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folderOf } from '../../test/in-process.ts'
import { loadTlsFiles } from './tls-files.ts'

/** A certificate with its key, made by openssl; undefined where there is none. */
function certified(folder: string): { cert: string; key: string } | undefined {
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(folder, name))
  const flags = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=localhost']
  try {
    execFileSync('openssl', ['req', '-x509', ...flags], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return { cert, key }
}

it('refuses what is no certificate, by its name', async () => {
  const folder = folderOf({ 'cert.pem': 'text', 'key.pem': 'text' })
  await expect(loadTlsFiles(join(folder, 'cert.pem'), join(folder, 'key.pem'))).rejects.toThrow(
    `${join(folder, 'cert.pem')}: this is no certificate; expected a certificate in PEM`,
  )
})

it('reads a certificate with its key, and refuses the key of another', async ({ skip }) => {
  const folder = folderOf({ 'text.pem': 'text' })
  const made = certified(folder) ?? skip('openssl is not installed')
  expect(await loadTlsFiles(made.cert, made.key)).toEqual({
    cert: readFileSync(made.cert, 'utf8'),
    key: readFileSync(made.key, 'utf8'),
  })
  await expect(loadTlsFiles(made.cert, join(folder, 'text.pem'))).rejects.toThrow('text.pem: this is no key')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const other = join(folder, 'other.pem')
  writeFileSync(other, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await expect(loadTlsFiles(made.cert, other)).rejects.toThrow('the key is not that of the certificate')
})
