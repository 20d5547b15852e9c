/** Short texts that the browser keeps for the page; nothing where it keeps nothing. */

export function keptText(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined
  } catch {
    return undefined
  }
}

/** Undefined takes it away. A browser that is full or keeps nothing does not: then it is asked for again the next time. */
export function keepText(name: string, text: string | undefined): void {
  try {
    if (text === undefined) localStorage.removeItem(name)
    else localStorage.setItem(name, text)
  } catch {}
}
