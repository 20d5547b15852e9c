/** Notes on many images, each told once with the images it is about. */
export class NotesByImage {
  private readonly images = new Map<string, string[]>()

  add(image: string, notes: readonly string[]): void {
    for (const note of notes) {
      const named = this.images.get(note)
      if (named) named.push(image)
      else this.images.set(note, [image])
    }
  }

  /** `a.png and 3 more: the limit was reached`. */
  lines(): string[] {
    return [...this.images].map(([note, [first, ...others]]) => {
      const more = others.length === 0 ? '' : ` and ${others.length} more`
      return `${first}${more}: ${note}`
    })
  }
}
