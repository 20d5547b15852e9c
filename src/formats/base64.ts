import { DataError } from '../errors.ts'

/** Bytes as base64 text. Inverse: `bytesOfBase64`. */
export function base64Of(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)))
  }
  return btoa(parts.join(''))
}

/** Throws `DataError` naming `where` for text that is not base64. */
export function bytesOfBase64(text: string, where: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch (cause) {
    throw new DataError('mask is not base64', { where }, { cause })
  }
}
