import type { Reached as ReachedFigures } from '../../../../src/train/training-state.ts'
import type { Training } from '../project/training.ts'
import { TEXTS } from '../texts.ts'

const T = TEXTS.training

interface Props {
  readonly reached: ReachedFigures
  readonly training: Training
}

/** How well the trained model does on photos that it has not seen, and where it fails: those photos are a click away. */
export function Reached({ reached, training }: Props) {
  const { categories, worstImages, score } = reached
  return (
    <>
      <p>{T.reached(reached)}</p>
      {reached.recall > 0 ? <p>{T.inWords(reached)}</p> : <p>{T.findsNothing}</p>}
      {categories.length > 1 && (
        <table>
          <caption>{T.categories}</caption>
          <tbody>
            {categories.map(({ name, AP, objects }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{AP < 0 ? '–' : AP.toFixed(3)}</td>
                <td>{TEXTS.objectCount(objects)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {worstImages.length > 0 && (
        <>
          <h3 id="mistakes">{T.mistakes}</h3>
          <ul class="objects" aria-labelledby="mistakes">
            {worstImages.map(({ file, missed, wrong }) => (
              <li key={file}>
                <button type="button" onClick={() => training.showMistakes(file, score)}>
                  {file} <span class="count">{T.mistaken(missed, wrong)}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
