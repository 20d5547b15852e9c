/** What people drop on the page or choose: files, and those of folders. */
import type { GivenFile } from '../project/place.ts'

export function chosenFiles(files: Iterable<File>): GivenFile[] {
  return [...files].map((file) => ({ file, name: belowFolder(file.webkitRelativePath) || file.name }))
}

/** Of a drop; its entries are gone once the event has ended, so that this is to be called at once. */
export function droppedFiles({ items }: DataTransfer): Promise<GivenFile[]> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? item.getAsFile() ?? [])
  const lists = entries.map((entry) => (entry instanceof File ? chosenFiles([entry]) : filesIn(entry, '')))
  return Promise.all(lists).then((files) => files.flat())
}

async function filesIn(entry: FileSystemEntry, path: string): Promise<GivenFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    )
    return [{ file, name: path + entry.name }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const files: GivenFile[] = []
  // It gives some at a time, and none at the end.
  for (let some = await next(reader); some.length > 0; some = await next(reader)) {
    // The folder that was dropped is not part of names.
    for (const one of some) files.push(...(await filesIn(one, path + (one.isFile ? '' : `${one.name}/`))))
  }
  return files
}

function next(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject))
}

/** `b/c.png` of `a/b/c.png`. */
function belowFolder(path: string): string {
  return path.slice(path.indexOf('/') + 1)
}
