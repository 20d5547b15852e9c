/** Has the browser save a file of that name. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // Once the browser has begun with it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
