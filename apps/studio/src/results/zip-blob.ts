import { Zip, ZipPassThrough } from 'fflate'

/** What an archive without the extension for larger ones holds. */
const [MOST_FILES, MOST_BYTES] = [65_535, 2 ** 32 - 2 ** 24]

/**
 * An archive that files are added to one after the other, stored as they are. Each becomes a part of a `Blob`, which browsers keep
 * outside the page's memory. `add` throws `Error(tooMuch)` where an archive does not hold more.
 */
export function openZip(tooMuch: string) {
  const parts: Blob[] = []
  let [files, bytes] = [0, 0]
  const zip = new Zip((error, chunk) => {
    if (error) throw error
    parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]))
    bytes += chunk.length
  })
  return {
    add(name: string, content: Uint8Array): void {
      files++
      if (files > MOST_FILES || bytes + content.length > MOST_BYTES) throw new Error(tooMuch)
      const entry = new ZipPassThrough(name)
      zip.add(entry)
      entry.push(content, true)
    },
    end(): Blob {
      zip.end()
      return new Blob(parts, { type: 'application/zip' })
    },
  }
}
