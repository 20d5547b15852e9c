/** The folder of a run, as far as training needs it; names are relative to it and may name a folder below. */
export interface RunFiles {
  /** The whole content; undefined where there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Writes the file whole or not at all, making folders as needed. */
  write(name: string, content: Uint8Array | string): Promise<void>
  append(name: string, text: string): Promise<void>
}
