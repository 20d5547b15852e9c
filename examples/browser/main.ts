/** Segments a picture that the visitor chooses; nothing leaves the page. */
import { Detector, renderOverlay } from 'maskwright'
import { nuclei } from 'maskwright/models/nuclei'
import { decodeImage } from 'maskwright/web'

const input = document.querySelector<HTMLInputElement>('#file')!
const status = document.querySelector<HTMLElement>('#status')!
const canvas = document.querySelector<HTMLCanvasElement>('#overlay')!

const megabytes = (bytes = 0) => Math.round(bytes / 1e6)
const say = (text: string) => {
  status.textContent = text
}

async function start(): Promise<void> {
  const detector = await Detector.load(nuclei, {
    onProgress: ({ status: stage, loaded, total }) =>
      say(
        stage === 'reading'
          ? `Loading the model: ${megabytes(loaded)} of ${megabytes(total)} MB`
          : 'Preparing…',
      ),
  })
  input.disabled = false
  say('Ready.')
  input.addEventListener('change', async () => {
    const [file] = input.files ?? []
    if (!file) return
    say('Looking…')
    try {
      const image = await decodeImage(file)
      const { instances, milliseconds } = await detector.detect(image, { score: 0.5 })
      draw(renderOverlay(image, instances))
      say(`${instances.length} nuclei in ${(milliseconds / 1000).toFixed(1)} s`)
    } catch (error) {
      say((error as Error).message)
    }
  })
}

/** RGB pixels onto the canvas. */
function draw({ data, width, height }: { data: Uint8Array; width: number; height: number }): void {
  const shown = new ImageData(width, height)
  for (let i = 0; i < width * height; i++) {
    shown.data.set(data.subarray(3 * i, 3 * i + 3), 4 * i)
    shown.data[4 * i + 3] = 255
  }
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.putImageData(shown, 0, 0)
}

start().catch((error) => say(error.message))
