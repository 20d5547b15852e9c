/** The File System Access API, which not every browser has and TypeScript does not know: https://wicg.github.io/file-system-access/ */

export interface AccessibleFolder extends FileSystemDirectoryHandle {
  queryPermission(wanted: FolderPermission): Promise<PermissionState>
  requestPermission(wanted: FolderPermission): Promise<PermissionState>
}

interface FolderPermission {
  readonly mode: 'readwrite'
}

/** Browsers open the dialogue where it was for the same `id`. */
type ShowDirectoryPicker = (options: FolderPermission & { readonly id: string }) => Promise<AccessibleFolder>

/** Asks for a folder; undefined where the browser lets pages into none. Rejects with an `AbortError` where none was chosen. */
export function folderPicker(): ShowDirectoryPicker | undefined {
  return (window as { showDirectoryPicker?: ShowDirectoryPicker }).showDirectoryPicker
}
