/** How large a pixel is, as people said it of these photos. */
import { computed, signal } from '@preact/signals'
import { parsePixelSize } from '../../../../src/data/pixel-size.ts'
import { keepText, keptText } from './kept-text.ts'
import type { Session } from './session.ts'

export function openScale({ place }: Session) {
  const name = `pixel size ${place.project.labelsFile}`
  const written = signal(keptText(name) ?? '')
  return {
    written,
    write: (text: string) => {
      written.value = text
      keepText(name, text)
    },
    /** Undefined where what was written says nothing. */
    micrometres: computed(() => parsed(written.value)),
  }
}

export type Scale = ReturnType<typeof openScale>

function parsed(text: string): number | undefined {
  try {
    return parsePixelSize(text)
  } catch {
    return undefined
  }
}
