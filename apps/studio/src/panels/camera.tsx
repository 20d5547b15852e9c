import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { TEXTS } from '../texts.ts'

/** As near to what a camera can do as it lets itself be asked. */
const WANTED = { facingMode: 'environment', width: { ideal: 4096 }, height: { ideal: 2160 } }

/** Takes photos with a camera of this machine, one after the other, until it is closed. */
export function Camera({ onPhoto }: { readonly onPhoto: (photo: File) => void }) {
  const isOpen = useSignal(false)
  if (!navigator.mediaDevices) return null
  return (
    <>
      <button
        type="button"
        onClick={() => {
          isOpen.value = true
        }}
      >
        {TEXTS.camera}
      </button>
      {isOpen.value && (
        <Viewfinder
          onPhoto={onPhoto}
          onClose={() => {
            isOpen.value = false
          }}
        />
      )}
    </>
  )
}

interface Props {
  readonly onPhoto: (photo: File) => void
  readonly onClose: () => void
}

function Viewfinder({ onPhoto, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const video = useRef<HTMLVideoElement>(null)
  const problem = useSignal<string>()
  const taken = useSignal(0)
  useEffect(() => {
    dialog.current?.showModal()
    const opened = navigator.mediaDevices.getUserMedia({ video: WANTED })
    opened.then(
      (stream) => {
        if (video.current) video.current.srcObject = stream
      },
      (error) => {
        problem.value = TEXTS.noCamera(error.message)
      },
    )
    return () =>
      void opened.then(
        (stream) => stream.getTracks().forEach((track) => void track.stop()),
        () => {},
      )
  }, [])
  const take = async () => {
    const { videoWidth: width, videoHeight: height } = video.current as HTMLVideoElement
    if (width === 0) return
    const canvas = new OffscreenCanvas(width, height)
    canvas.getContext('2d')?.drawImage(video.current as HTMLVideoElement, 0, 0)
    const type = 'image/jpeg'
    const photo = await canvas.convertToBlob({ type, quality: 0.95 })
    const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
    onPhoto(new File([photo], `${time}.jpg`, { type }))
    taken.value++
  }
  return (
    <dialog ref={dialog} class="camera" aria-label={TEXTS.camera} onClose={onClose}>
      {problem.value === undefined ? (
        <video ref={video} autoplay playsInline muted aria-label={TEXTS.cameraView} />
      ) : (
        <p class="wrong" role="alert">
          {problem}
        </p>
      )}
      <div class="toolbar">
        {problem.value === undefined && (
          <button type="button" onClick={take}>
            {TEXTS.shoot}
          </button>
        )}
        <button type="button" onClick={() => dialog.current?.close()}>
          {TEXTS.done}
        </button>
        <span role="status">{taken.value > 0 && TEXTS.taken(taken.value)}</span>
      </div>
    </dialog>
  )
}
