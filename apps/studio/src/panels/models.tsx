import type { Finder } from '../project/finder.ts'
import { MODEL_ENDINGS, type Models } from '../project/models.ts'
import { TEXTS } from '../texts.ts'
import { FileButton } from './file-button.tsx'
import { Problem } from './problem.tsx'

/** Which model is asked, and others to ask. */
export function ModelChoice({ models }: { readonly models: Models }) {
  const { own, chosenKey, problem } = models
  return (
    <section aria-labelledby="model">
      <h2 id="model">{TEXTS.model}</h2>
      {models.isEmpty.value ? (
        <p class="pale">{TEXTS.noModel}</p>
      ) : (
        <select
          aria-labelledby="model"
          value={chosenKey}
          onChange={({ currentTarget }) => models.choose(currentTarget.value)}
        >
          <option value="">{own.value ? ownName(own.value) : TEXTS.noneChosen}</option>
          {models.models.value.map(({ key, name }) => (
            <option key={key} value={key}>
              {TEXTS.modelInPage(name)}
            </option>
          ))}
        </select>
      )}
      <div class="acts">
        <FileButton
          text={TEXTS.chooseModel}
          accept={MODEL_ENDINGS.join()}
          onFiles={async (files) => {
            for (const file of files) await models.add(file)
          }}
        />
        {models.isKept(chosenKey.value) && (
          <button type="button" onClick={() => models.forget(chosenKey.value)}>
            {TEXTS.forgetModel}
          </button>
        )}
      </div>
      <Problem of={problem} />
    </section>
  )
}

function ownName({ name, runsIn }: Finder): string {
  return runsIn === 'page' ? TEXTS.modelInPage(name) : TEXTS.modelOfMachine(name)
}
