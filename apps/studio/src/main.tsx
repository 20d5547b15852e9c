import { render } from 'preact'
import { openMachine } from './project/machine.ts'
import { openSession } from './project/session.ts'
import { Studio } from './studio.tsx'
import { TEXTS } from './texts.ts'
import './style.css'

const root = document.getElementById('studio') as HTMLElement
try {
  const place = await openMachine()
  if (!place) throw new Error(TEXTS.unreachable)
  const session = openSession(place)
  // Work that is not on disk is not left without a word.
  addEventListener('beforeunload', (event) => session.isBehind && event.preventDefault())
  document.title = `${session.name} · Maskwright studio`
  render(<Studio session={session} />, root)
} catch (error) {
  render(
    <p class="wrong" role="alert">
      {(error as Error).message}
    </p>,
    root,
  )
}
