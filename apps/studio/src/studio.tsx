import type { Signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { openBoardTools } from './board/board-tools.ts'
import { BoardView } from './board/board-view.tsx'
import { openChecking } from './checking/checking.ts'
import { listenToKeys } from './keys.ts'
import { pageTraining } from './learning/page-training.ts'
import { AllFindsPanel } from './panels/all-finds.tsx'
import { Categories } from './panels/categories.tsx'
import { Doctor } from './panels/doctor.tsx'
import { ExchangePanel } from './panels/exchange.tsx'
import { ModelChoice } from './panels/models.tsx'
import { Objects } from './panels/objects.tsx'
import { Photos } from './panels/photos.tsx'
import { Proposals } from './panels/proposals.tsx'
import { Toolbar } from './panels/toolbar.tsx'
import { TrainingPanel } from './panels/training.tsx'
import { openAllFinds } from './project/all-finds.ts'
import { openModels } from './project/models.ts'
import { openQueue } from './project/queue.ts'
import { openScale } from './project/scale.ts'
import type { Session } from './project/session.ts'
import { openTraining } from './project/training.ts'
import { TEXTS } from './texts.ts'

interface Props {
  readonly session: Session
  /** What could not be taken in. */
  readonly problems: Signal<readonly string[]>
}

export function Studio({ session, problems }: Props) {
  const tools = useMemo(() => openBoardTools(session), [])
  const queue = useMemo(() => openQueue(session), [])
  const checking = useMemo(() => openChecking(session), [])
  const training = useMemo(() => openTraining(session.place.training ?? pageTraining(session), session), [])
  const models = useMemo(() => openModels(session), [])
  const finds = useMemo(() => openAllFinds(session), [])
  const scale = useMemo(() => openScale(session), [])
  useEffect(() => listenToKeys(session, tools), [])
  return (
    <>
      <header>
        <h1>{session.name}</h1>
        <SavedState session={session} />
      </header>
      <Photos session={session} models={models} queue={queue} problems={problems} />
      <main>
        <Toolbar session={session} tools={tools} />
        <BoardView session={session} tools={tools} doubtful={checking.doubtful} />
        <p class="pale keys">{TEXTS.keys}</p>
      </main>
      <aside>
        <Categories session={session} />
        <ModelChoice models={models} />
        {session.finder.value && <Proposals {...{ session, scale }} finder={session.finder.value} />}
        {session.finder.value && <AllFindsPanel {...{ session, finds, scale }} />}
        <Objects session={session} />
        <Doctor checking={checking} />
        <TrainingPanel session={session} training={training} />
        <ExchangePanel session={session} />
      </aside>
    </>
  )
}

function SavedState({ session }: { readonly session: Session }) {
  return (
    <p role="status" class={session.state.value.problem === undefined ? 'pale' : 'wrong'}>
      {session.stateText}
    </p>
  )
}
