import { useRef } from 'preact/hooks'

interface Props {
  readonly text: string
  /** Endings and types, as in HTML. */
  readonly accept?: string
  /** All files of a folder. */
  readonly isFolder?: boolean
  readonly onFiles: (files: readonly File[]) => void
}

/** Asks for files of this machine. */
export function FileButton({ text, accept, isFolder, onFiles }: Props) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        {text}
      </button>
      <input
        {...{ ref: input, type: 'file', multiple: true, hidden: true, accept, webkitdirectory: isFolder }}
        aria-label={text}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])])
          // The same ones can be chosen again.
          currentTarget.value = ''
        }}
      />
    </>
  )
}
