import { useSignal } from '@preact/signals'
import { type LossCount, lossLine } from '../../../../src/data/losses.ts'
import type { FormatName } from '../../../../src/formats/format.ts'
import type * as Exchange from '../exchange/exchange.ts'
import { addImported, countOf, exportOf } from '../exchange/labels-of-session.ts'
import type { Session } from '../project/session.ts'
import { TEXTS } from '../texts.ts'
import { Problem } from './problem.tsx'

type Told = Exchange.Told
interface Found extends Told {
  readonly add: () => void
  readonly text: string
}

/** Labels in other formats, out and in; what does not come along is told before. */
export function ExchangePanel({ session }: { readonly session: Session }) {
  const exchange = useSignal<typeof Exchange>()
  const format = useSignal<FormatName>('coco')
  const leaving = useSignal<Awaited<ReturnType<typeof exportOf>>>()
  const found = useSignal<Found>()
  const problem = useSignal<string>()

  /** One thing at a time; what goes wrong is said. */
  const doing = async (work: (loaded: typeof Exchange) => Promise<void>) => {
    problem.value = undefined
    leaving.value = undefined
    found.value = undefined
    try {
      exchange.value ??= await import('../exchange/exchange.ts')
      await work(exchange.value)
    } catch (error) {
      problem.value = (error as Error).message
    }
  }
  const look = (name: FormatName) =>
    doing(async (loaded) => {
      format.value = name
      leaving.value = await exportOf(session, loaded, name)
    })
  const read = (files: FileList | null) =>
    doing(async (loaded) => {
      if (!files || files.length === 0) return
      const contents = await Promise.all(
        [...files].map(async (file) => {
          // The folder that was chosen is no part of the paths in it.
          const path = file.webkitRelativePath.replace(/^[^/]*\//, '') || file.name
          return [path, new Uint8Array(await file.arrayBuffer())] as const
        }),
      )
      const read = await loaded.imported(loaded.unpacked(new Map(contents)), session.images.value)
      found.value = {
        ...read,
        text: TEXTS.foundLabels(read.format, countOf(read), read.objects.size),
        add: () => {
          addImported(session, read)
          found.value = undefined
        },
      }
    })
  const picker = (text: string, isFolder: boolean) => (
    <label>
      {text}{' '}
      <input
        type="file"
        multiple
        {...(isFolder && { webkitdirectory: true })}
        onChange={async ({ currentTarget }) => {
          await read(currentTarget.files)
          currentTarget.value = ''
        }}
      />
    </label>
  )
  return (
    <section aria-labelledby="exchange">
      <h2 id="exchange">{TEXTS.exchange}</h2>
      <details onToggle={({ currentTarget }) => currentTarget.open && doing(async () => {})}>
        <summary>{TEXTS.exchangeOpen}</summary>
        <label>
          {TEXTS.exportAs}{' '}
          <select value={format} onChange={({ currentTarget }) => look(currentTarget.value as FormatName)}>
            {(exchange.value?.FORMAT_NAMES ?? [format.value]).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => look(format.value)}>
          {TEXTS.exportLook}
        </button>
        {leaving.value && (
          <>
            <ToldLists told={leaving.value} />
            <a href={leaving.value.url} download={leaving.value.name}>
              {TEXTS.download(leaving.value.name)}
            </a>
          </>
        )}
        {picker(TEXTS.importFiles, false)}
        {picker(TEXTS.importFolder, true)}
        {found.value && (
          <>
            <p>{found.value.text}</p>
            <ToldLists told={found.value} />
            <button type="button" onClick={found.value.add}>
              {TEXTS.importAdd}
            </button>
          </>
        )}
        <Problem of={problem} />
      </details>
    </section>
  )
}

function ToldLists({ told: { lost, changed, noted } }: { readonly told: Told }) {
  const list = (title: string, losses: readonly LossCount[]) =>
    losses.length > 0 && (
      <>
        <p>{title}</p>
        <ul class="told">
          {losses.map((loss) => (
            <li key={loss.what}>{lossLine(loss)}</li>
          ))}
        </ul>
      </>
    )
  return (
    <>
      {lost.length === 0 && <p class="pale">{TEXTS.nothingLost}</p>}
      {list(TEXTS.lost, lost)}
      {list(TEXTS.changed, changed)}
      {list(TEXTS.noted, noted)}
    </>
  )
}
