/** The resolved configuration of a run, in its folder from the start on. */
export const CONFIG_FILE = 'config.json'
/** After every evaluation, and at the end. */
export const REPORT_FILE = 'report.html'

/** The folder of a run, as far as training needs it; names are relative to it and may name a folder below. */
export interface RunFiles {
  /** The whole content; undefined where there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Writes the file whole or not at all, making folders as needed. */
  write(name: string, content: Uint8Array | string): Promise<void>
  append(name: string, text: string): Promise<void>
  /** Removes what is in a folder below, but for the entry `except`, and the folder with the last of it. */
  clear(folder: string, except?: string): Promise<void>
  /** Bytes that the disk has room for; undefined where that is not known. */
  freeBytes(): Promise<number | undefined>
}
