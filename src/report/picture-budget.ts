import type { Picture } from '../predict/render.ts'

/** Bytes of a JPEG file, at most so many where that can be. */
export type EncodeJpeg = (picture: Picture, bytes: number) => Promise<Uint8Array>

/** What all pictures of a page take together: a megabyte as text, so that the page can be sent around. */
export const PICTURES_BYTES = 750_000
