/** Named values in boxes side by side. */
export function factList(entries: readonly (readonly [term: string, text: string])[]): string {
  const cells = entries.map(([term, text]) => `<div><dt>${escaped(term)}</dt><dd>${escaped(text)}</dd></div>`)
  return `<dl>${cells.join('\n')}</dl>`
}

/** Text as it may stand between tags and in quoted attributes. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** JSON that cannot end the script element it stands in. */
export function embedded(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

/** A figure between 0 and 1; -1 and null stand for one that is not defined. */
export function figureText(value: number | null): string {
  return value === null || value < 0 ? '–' : value.toFixed(3)
}

/** Bytes of a file as the address of itself. */
export function dataUri(bytes: Uint8Array, mediaType: 'image/png' | 'image/jpeg'): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return `data:${mediaType};base64,${btoa(binary)}`
}
