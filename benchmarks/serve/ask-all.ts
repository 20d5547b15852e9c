/** `POST /predict` of many images, so many at once. */
export interface Asked {
  /** In the order of the images. */
  readonly answers: readonly string[]
  /** Of each. */
  readonly times: readonly number[]
  /** In all. */
  readonly seconds: number
}

/** Rejects where one is not answered with success. */
export async function askAll(
  url: string,
  images: readonly Uint8Array[],
  atOnce: number,
  path = '/predict?score=0.5',
  bodyOf: (image: Uint8Array) => BodyInit = (image) => Uint8Array.from(image),
): Promise<Asked> {
  const answers: string[] = []
  const times: number[] = []
  const started = performance.now()
  let next = 0
  const client = async () => {
    for (let i = next++; i < images.length; i = next++) {
      const begun = performance.now()
      const answer = await fetch(`${url}${path}`, { method: 'POST', body: bodyOf(images[i]) })
      answers[i] = await answer.text()
      if (!answer.ok) throw new Error(`${answer.status}: ${answers[i]}`)
      times[i] = (performance.now() - begun) / 1000
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  return { answers, times, seconds: (performance.now() - started) / 1000 }
}
