import { render } from 'preact'
import { loadProject } from './project/machine.ts'
import { openSession } from './project/session.ts'
import { Studio } from './studio.tsx'
import './style.css'

const root = document.getElementById('studio') as HTMLElement
try {
  const session = openSession(await loadProject())
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
